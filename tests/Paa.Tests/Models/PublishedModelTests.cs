using System.Text.Json;
using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Options;
using Paa.Tests.Checkpoints;
using Paa.Tests.Cli;
using Paa.Tests.Golden;
using Paa.Training.Networks;

namespace Paa.Tests.Models;

/// <summary>The networks of MMDetection's seven published configurations.</summary>
[Trait("Category", "Golden")]
[Collection("Native")]
public class PublishedModelTests
{
    static readonly string Configs = Path.Combine(Repository.Root, "configs", "paa");

    public static TheoryData<string> Names =>
        [.. Directory.GetFiles(Configs, "paa_r*_fpn_*_coco.yaml").Select(file => Path.GetFileName(file)).Order()];

    [SkippableTheory, MemberData(nameof(Names))]
    public void InspectModel_ListsTheKeysOfMmdetection_InItsOrder(string name)
    {
        var backbone = name.Contains("_r101_", StringComparison.Ordinal) ? "r101" : "r50";
        var expected = GoldenFolder.Json($"keys/paa_{backbone}_80classes.json");
        var run = Terminal.Run("inspect", "model", Path.Combine(Configs, name), "--keys", "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(Rows(expected), Rows(JsonDocument.Parse(run.Output).RootElement));

        static IEnumerable<string> Rows(JsonElement keys) => keys.EnumerateArray().Select(key =>
            $"{key.GetProperty("name")} [{string.Join(", ", key.GetProperty("shape").EnumerateArray())}] "
            + $"{key.GetProperty("dtype")} {key.GetProperty("kind")} {key.GetProperty("trainable")}");
    }

    [Fact]
    public void Names_AreAllSeven() => Assert.Equal(7, Names.Count);

    /// <summary>A file as MMDetection published it in 2020: legacy format, 80 classes, ResNet-50 in full.</summary>
    [Fact]
    public void Load_OfAFullSizeLegacyFile_GivesItsWeights()
    {
        using var folder = new TemporaryFolder();
        using var detector = new TorchDetector(new PaaConfig().Model);
        detector.InitializeWeights(seed: 1);
        var content = new PickleDict
        {
            { "meta", new PickleDict { { "CLASSES", new PickleTuple([.. CocoClasses.Names]) } } },
            { "state_dict", detector.ToStateDict().ToGraph() },
        };
        TorchFile.Write(folder["paa.pth"], content, CheckpointFormat.Legacy);
        var loaded = DetectorFile.Load(folder["paa.pth"]);
        Assert.Equal(CocoClasses.Names, loaded.Classes);
        Assert.Equal(50, loaded.Network.Options.Backbone.Depth);
        foreach (var entry in detector.Parameters.Entries)
            Assert.True(entry.Tensor.ToBytes().AsSpan().SequenceEqual(loaded.Weights[entry.Name].ToBytes()), entry.Name);
    }

    /// <summary>The reference implementation's modules are named and ordered as MMDetection's.</summary>
    [SkippableTheory]
    [InlineData(CheckpointFormat.Zip)]
    [InlineData(CheckpointFormat.Legacy)]
    public void Write_LoadsStrictlyIntoTheModulesOfPyTorch(CheckpointFormat format)
    {
        using var folder = new TemporaryFolder();
        var head = new HeadOptions { ClassCount = 3, TowerChannels = 32 };
        using var detector = SmallDetector.Create(SmallDetector.Options with { Head = head });
        var weights = detector.ToStateDict().ToGraph();
        TorchFile.Write(folder["a.pth"], new PickleDict { { "meta", new PickleDict() }, { "state_dict", weights } }, format);
        Python.Run("""
            import sys, torch
            sys.path.append(sys.argv[1])
            from paa_oracle import PAA
            model = PAA(depth=18, num_classes=3, base=8, neck=32, head=32, frozen=-1)
            stored = torch.load(sys.argv[2])['state_dict']
            own = model.state_dict()
            assert [(k, v.shape, v.dtype) for k, v in stored.items()] == [(k, v.shape, v.dtype) for k, v in own.items()]
            model.load_state_dict(stored, strict=True)
            """, Path.Combine(Repository.Root, "tests", "golden", "oracle"), folder["a.pth"]);
    }
}
