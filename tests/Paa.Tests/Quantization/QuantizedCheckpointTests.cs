using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Engines;
using Paa.Tests.Models;

namespace Paa.Tests.Quantization;

[Collection("Native")]
public sealed class QuantizedCheckpointTests : IDisposable
{
    static readonly QuantizationParameters Parameters = new(
        new Dictionary<string, LayerQuantization>
        {
            ["backbone.conv1"] = new([0.5f, 0.25f], [0, -1]),
            ["bbox_head.atss_reg@1"] = new([2], [3]),
        },
        new ImageQuantization([1, 2, 3], [4, 5, 6]),
        new Dictionary<string, MapQuantization> { ["neck"] = new(0.02f, true), ["backbone.conv1"] = new(0.1f, false) },
        new CalibrationSummary(7, RangeMethod.Entropy, ["bbox_head.atss_cls"], 0.25, 0.5));

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData(CheckpointFormat.Zip)]
    [InlineData(CheckpointFormat.Legacy)]
    public void File_HoldsWeightsAndQuantization(CheckpointFormat? converted)
    {
        var (source, file) = Write();
        if (converted is { } format)
            CheckpointConverter.Convert(file, file = _folder["converted.pth"], new ConversionOptions { Format = format });
        var original = DetectorFile.Load(source);
        var loaded = DetectorFile.Load(file);
        Assert.Equal(["a", "b", "c"], loaded.Classes);
        Assert.All(original.Weights, entry => Assert.Equal(entry.Value.ToBytes(), loaded.Weights[entry.Key].ToBytes()));
        var read = loaded.Quantization!;
        Assert.Equal(Parameters.Layers.Keys, read.Layers.Keys);
        foreach (var (name, layer) in Parameters.Layers)
        {
            Assert.Equal(layer.Scales, read.Layers[name].Scales);
            Assert.Equal(layer.BiasShift, read.Layers[name].BiasShift);
        }
        Assert.Equal(Parameters.Maps, read.Maps);
        Assert.Equal(Parameters.Image.Multipliers, read.Image.Multipliers);
        Assert.Equal(Parameters.Image.Offsets, read.Image.Offsets);
        Assert.Equal(Parameters.Calibration.KeptLayers, read.Calibration.KeptLayers);
        Assert.Equal(Parameters.Calibration with { KeptLayers = [] }, read.Calibration with { KeptLayers = [] });
        Assert.Null(DetectorFile.Load(source).Quantization);
    }

    [Fact]
    public void Safetensors_SayWhatTheyLeaveOut()
    {
        var conversion = CheckpointConverter.Convert(
            Write().File, _folder["x.safetensors"], PaaMeta.ForDetectors(new() { Format = CheckpointFormat.Safetensors }));
        Assert.Equal(["quantization"], conversion.LeftOut);
    }

    [Fact]
    public void DamagedQuantizations_AreOneError()
    {
        AssertRefused("quantised in version 2; this program reads version 1", graph => graph["version"] = 2L);
        AssertRefused("damaged quantisation: map neck", graph => Map(graph)["step"] = 0.0);
        AssertRefused("damaged quantisation: map neck", graph => Map(graph)["step"] = double.NaN);
        AssertRefused("damaged quantisation: signed", graph => Map(graph)["signed"] = "yes");
        AssertRefused("damaged quantisation: layer backbone.conv1",
            graph => Layer(graph)["steps"] = StoredTensor.From<float>([1, -1], 2));
        AssertRefused("damaged quantisation: layer backbone.conv1",
            graph => Layer(graph)["bias_shift"] = StoredTensor.From<float>([1], 1));
        AssertRefused("damaged quantisation: steps", graph => Layer(graph)["steps"] = StoredTensor.From<float>([1, 1], 1, 2));
        AssertRefused("damaged quantisation: method", graph => graph["method"] = "guess");
        AssertRefused("damaged quantisation: image",
            graph => ((PickleDict)graph["image"]!)["scales"] = StoredTensor.From<float>([1, 1], 2));
        AssertRefused("damaged quantisation: layers", graph => graph["layers"] = null);

        static PickleDict Map(PickleDict graph) => (PickleDict)((PickleDict)graph["maps"]!)["neck"]!;
        static PickleDict Layer(PickleDict graph) => (PickleDict)((PickleDict)graph["layers"]!)["backbone.conv1"]!;
    }

    void AssertRefused(string part, Action<PickleDict> damage)
    {
        var file = Write().File;
        var graph = (PickleDict)TorchFile.Read(file)!;
        damage((PickleDict)((PickleDict)((PickleDict)graph["meta"]!)["paa"]!)["quantization"]!);
        TorchFile.Write(file, graph);
        var error = Assert.Throws<CheckpointException>(() => DetectorFile.Load(file));
        Assert.Contains(part, error.Message);
        Assert.StartsWith(file, error.Message);
    }

    (string Source, string File) Write()
    {
        using var detector = SmallDetector.Create();
        var source = SmallDetector.Save(detector, _folder["source.pth"], "a", "b", "c");
        QuantizedCheckpoint.Write(source, _folder["int8.pth"], Parameters);
        return (source, _folder["int8.pth"]);
    }
}
