using System.Diagnostics;
using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Detectors;
using Paa.Engines;
using Paa.Imaging;
using Paa.Inference;
using Paa.Tests.Configuration;
using Paa.Tests.Golden;
using Xunit.Abstractions;

namespace Paa.Tests.Detectors;

/// <summary>Checkpoints of torch with MMDetection's text in their meta, and what the reference detects with its values.</summary>
[Collection("Native")]
public sealed class MetaConfigGoldenTests(ITestOutputHelper log) : IDisposable
{
    const string Index = "meta_config/meta_config.json";

    /// <summary>The values of the texts that weights do not tell, with what they are by default.</summary>
    static readonly string[] Defaults =
    [
        "model.bbox_head.anchor_generator.octave_base_scale=8", "model.bbox_head.score_voting=true",
        "model.test_cfg.nms_pre=1000", "model.test_cfg.score_thr=0.05", "model.test_cfg.nms_iou_threshold=0.6",
        "model.test_cfg.max_per_img=100", "data.img_norm.mean=[123.675, 116.28, 103.53]",
        "data.img_norm.std=[58.395, 57.12, 57.375]", "data.img_norm.to_rgb=true", "data.size_divisor=32",
        "data.test.img_scale=[[1333, 800]]",
    ];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, CheckpointFormat> Files()
    {
        if (!GoldenFolder.Has(Index)) return new() { { GoldenFolder.Absent, CheckpointFormat.Zip } };
        var files = new TheoryData<string, CheckpointFormat>();
        foreach (var name in Names())
            foreach (var format in (CheckpointFormat[])[CheckpointFormat.Zip, CheckpointFormat.Legacy]) files.Add(name, format);
        return files;
    }

    [SkippableTheory, MemberData(nameof(Files))]
    public void Detections_AreThoseOfTheText(string name, CheckpointFormat format)
    {
        var (labels, rows) = Expected(name);
        var detector = DetectorFile.Load(Checkpoint(name, format));
        Assert.Empty(detector.Notices);
        Assert.Equal(["kiwi", "plum", "fig"], detector.Classes);
        foreach (var engine in (InferenceEngine[])[InferenceEngine.OneDnn, InferenceEngine.Onnx])
            GoldenAssert.SameDetections(rows, labels, Detect(detector, engine));
    }

    [SkippableFact]
    public void Detections_WithoutTheText_AreOthers()
    {
        GoldenFolder.Require(Index);
        foreach (var name in Names())
        {
            var detector = DetectorFile.Load(Checkpoint(name, CheckpointFormat.Zip, _ => null));
            Assert.Empty(detector.Notices);             // nothing was known, so nothing is to be said
            Assert.False(IsExpected(name, Detect(detector)));
        }
    }

    [SkippableFact]
    public void Detections_DependOnEachValueOfTheText()
    {
        GoldenFolder.Require(Index);
        foreach (var assignment in Defaults)
        {
            Assert.Contains(Names(), name => !IsExpected(
                name, Detect(DetectorFile.Load(Checkpoint(name, CheckpointFormat.Zip), null, [assignment]))));
            var key = assignment.Split('=')[0];
            Assert.All(Names(), name => Assert.StartsWith(
                "from meta[", DetectorFile.Load(Checkpoint(name, CheckpointFormat.Zip)).Settings.SourceOf(key)));
        }
    }

    [SkippableFact]
    public void Conversion_ToSafetensors_KeepsTheText()
    {
        GoldenFolder.Require(Index);
        foreach (var name in Names())
        {
            var target = _folder[$"{name}.safetensors"];
            CheckpointConverter.Convert(Checkpoint(name, CheckpointFormat.Zip), target, PaaMeta.ForDetectors(
                new ConversionOptions { Format = CheckpointFormat.Safetensors, StripOptimizer = true }));
            Assert.True(IsExpected(name, Detect(DetectorFile.Load(target))));
        }
    }

    /// <summary>Two seconds on an idle machine; one that runs other tests too may need longer.</summary>
    [SkippableFact]
    public void DamagedTexts_AreOneNotice_AndTheDetectorStillLoads()
    {
        const int Count = 240;
        const long MaxAllocation = 1L << 30;
        var patience = TimeSpan.FromSeconds(20);
        GoldenFolder.Require(Index);
        var (slowest, largest, told) = (TimeSpan.Zero, 0L, 0);
        for (var seed = 0; seed < Count; seed++)
        {
            var name = Names()[seed / 8 % Names().Length];
            var file = Checkpoint(name, CheckpointFormat.Zip, text => TextDamage.Of(text, seed));
            var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
            var error = Record.Exception(() =>
            {
                var detector = DetectorFile.Load(file);
                ConfigValidator.Validate(detector.Config);
                Assert.All(detector.Notices, notice => Assert.DoesNotContain(notice, char.IsControl));
                Assert.InRange(detector.Notices.Count, 0, 3);
                if (detector.Notices.Count > 0) told++;
            });
            var (elapsed, allocated) = (clock.Elapsed, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.True(error is null, $"{name}, damage {seed}: {error}");
            Assert.True(elapsed < patience, $"{name}, damage {seed}: took {elapsed}.");
            Assert.True(allocated < MaxAllocation, $"{name}, damage {seed}: allocated {allocated >> 20} MB.");
            if (elapsed > slowest) slowest = elapsed;
            largest = Math.Max(largest, allocated);
        }
        log.WriteLine($"{Count} texts, {told} with a notice; slowest {slowest}, most memory {largest >> 20} MB");
        Assert.InRange(told, Count / 4, Count - 1);
    }

    static string[] Names() =>
        [.. GoldenFolder.Json(Index).GetProperty("files").EnumerateArray().Select(file => file.GetProperty("file").GetString()!)];

    static (int[] Labels, float[] Rows) Expected(string name)
    {
        GoldenFolder.Require(Index);
        var file = GoldenFolder.Json(Index).GetProperty("files").EnumerateArray()
            .First(entry => entry.GetProperty("file").GetString() == name);
        return (file.GetProperty("labels").Ints(), [.. file.GetProperty("detections").EnumerateArray()
            .SelectMany(row => row.EnumerateArray()).Select(value => value.GetSingle())]);
    }

    static bool IsExpected(string name, Detection[] found)
    {
        var (labels, rows) = Expected(name);
        return Record.Exception(() => GoldenAssert.SameDetections(rows, labels, found)) is null;
    }

    static Detection[] Detect(LoadedDetector loaded, InferenceEngine? engine = null)
    {
        using var detector = Detector.Of(loaded, engine is null ? null : new InferenceOptions { Engines = [engine] });
        using var image = Image.Load(GoldenFolder.Require(GoldenFolder.Json(Index).GetProperty("picture").GetString()!));
        return detector.Detect(image);
    }

    /// <summary>A file of the golden data, written again if the format or the text is to be another one.</summary>
    /// <param name="name">The file.</param>
    /// <param name="format">The wanted format.</param>
    /// <param name="change">Makes another text; null leaves it out.</param>
    string Checkpoint(string name, CheckpointFormat format, Func<string, string?>? change = null)
    {
        var source = GoldenFolder.Require($"meta_config/{name}");
        if (change is null && name.Contains($"{format}", StringComparison.OrdinalIgnoreCase)) return source;
        var graph = (PickleDict)TorchFile.Read(source)!;
        if (change is not null)
        {
            var meta = (PickleDict)graph["meta"]!;
            var key = meta.ContainsKey("cfg") ? "cfg" : "config";
            meta[key] = change((string)meta[key]!);
        }
        TorchFile.Write(_folder[name], graph, format);
        return _folder[name];
    }
}

/// <summary>Ways in which a text inside a checkpoint may be damaged.</summary>
static class TextDamage
{
    static readonly (string From, string To)[] Values =
    [
        ("score_thr=0.1", "score_thr=1e9, x=0.1"), ("octave_base_scale=6", "octave_base_scale=-6"),
        ("depth=18", "depth=1800000000"), ("num_outs=5", "num_outs=500000000"), ("nms_pre=6", "nms_pre=2 ** 62"),
        ("strides=[8, 16, 32, 64, 128]", "strides=[8] * 100000000"), ("mean=[", "mean=[1e308, "),
        ("max_per_img=", "max_per_img=-"), ("type='PAA'", "type='RetinaNet'"), ("stacked_convs=1", "stacked_convs='one'"),
        ("size_divisor=64", "size_divisor=0"), ("model = dict(", "model = dict(**model, "),
        ("base_channels=2", "base_channels=2.5"),
    ];

    /// <summary>The text with one damage; equal seeds give equal texts.</summary>
    public static string Of(string text, int seed)
    {
        var random = new Random(seed);
        switch (random.Next(6))
        {
            case 0:
                var letters = text.ToCharArray();
                for (var i = 0; i < 4; i++) letters[random.Next(letters.Length)] ^= (char)(1 << random.Next(8));
                return new string(letters);
            case 1:
                var (start, end) = (random.Next(text.Length), random.Next(text.Length));
                return text[..Math.Max(start, end)] + text[Math.Min(start, end)..];
            case 2:
                var (from, to) = Values[random.Next(Values.Length)];
                return text.Replace(from, to, StringComparison.Ordinal);
            case 3:
                return string.Concat(Enumerable.Repeat(text + "\n", random.Next(2, 400)));
            default:
                return ConfigMutator.Mutate(text, seed);
        }
    }
}
