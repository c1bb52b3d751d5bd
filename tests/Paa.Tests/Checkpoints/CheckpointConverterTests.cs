using Paa.Checkpoints;
using Paa.Detectors;

namespace Paa.Tests.Checkpoints;

public class CheckpointConverterTests
{
    static readonly float[] Weights = [0.1f, -2, 3e-9f, 65504];

    /// <summary>A training checkpoint with everything that may stand in one.</summary>
    static PickleDict Training() => new()
    {
        ["meta"] = new PickleDict
        {
            ["epoch"] = 3L,
            ["iter"] = 90L,
            ["CLASSES"] = new PickleTuple("cat", "dog"),
            ["paa"] = new PickleDict { ["config"] = "seed: 1\n" },
        },
        ["state_dict"] = new PickleDict
        {
            IsOrderedDict = true,
            ["module.w"] = StoredTensor.From(Weights, 2, 2),
            ["module.n"] = StoredTensor.From<long>([7]),
            ["module.ema_w"] = StoredTensor.From<float>([1, 2, 3, 4], 2, 2),
        },
        ["optimizer"] = new PickleDict { ["state"] = new PickleDict(), ["param_groups"] = new List<object?>() },
        ["message_hub"] = new PickleDict { ["loss"] = new PickleObject("mmengine.logging.history_buffer.HistoryBuffer") },
    };

    [Theory]
    [InlineData(CheckpointFormat.Zip)]
    [InlineData(CheckpointFormat.Legacy)]
    [InlineData(CheckpointFormat.Safetensors)]
    public void Convert_KeepsTensorsAndMeta_FromEachFormatToEach(CheckpointFormat first)
    {
        using var folder = new TemporaryFolder();
        TorchFile.Write(folder["a.pth"], Training());
        CheckpointConverter.Convert(folder["a.pth"], folder["b"], Options(first));
        foreach (var format in Enum.GetValues<CheckpointFormat>())
        {
            var conversion = CheckpointConverter.Convert(folder["b"], folder["c"], Options(format));
            Assert.Equal((2, new FileInfo(folder["c"]).Length), (conversion.TensorCount, conversion.ByteCount));
            var read = StateDict.Load(folder["c"]);
            Assert.Equal(["n", "w"], read.Names.Order());
            Assert.Equal(Weights, read["w"].ToArray<float>());
            Assert.Equal(["cat", "dog"], read.Meta.Classes);
            Assert.Equal((3L, 90L), (read.Meta.Epoch, read.Meta.Iteration));
            Assert.Equal("seed: 1\n", ((PickleDict)read.Meta.Values["paa"]!)["config"]);
        }
    }

    static ConversionOptions Options(CheckpointFormat format) => PaaMeta.ForDetectors(new() { Format = format });

    [Fact]
    public void Convert_SaysWhatItLeavesOut()
    {
        using var folder = new TemporaryFolder();
        TorchFile.Write(folder["a.pth"], Training());
        Assert.Equal(["message_hub", "module.ema_w"], Left(new()));
        Assert.NotNull(((PickleDict)TorchFile.Read(folder["b"])!)["optimizer"]);
        Assert.Equal(["optimizer", "message_hub", "module.ema_w"], Left(new() { StripOptimizer = true }));
        Assert.False(((PickleDict)TorchFile.Read(folder["b"])!).ContainsKey("optimizer"));
        Assert.Equal(["optimizer", "message_hub", "module.ema_w"], Left(new() { Format = CheckpointFormat.Safetensors }));

        IReadOnlyList<string> Left(ConversionOptions options) =>
            CheckpointConverter.Convert(folder["a.pth"], folder["b"], options).LeftOut;
    }

    [Fact]
    public void Convert_OfABareStateDict_StaysBare()
    {
        using var folder = new TemporaryFolder();
        TorchFile.Write(folder["a.pth"], new PickleDict { ["fc.weight"] = StoredTensor.From<float>([1], 1, 1) });
        CheckpointConverter.Convert(folder["a.pth"], folder["b.pth"], new() { Format = CheckpointFormat.Legacy });
        Assert.Equal(["fc.weight"], Assert.IsType<PickleDict>(TorchFile.Read(folder["b.pth"])).Keys);
    }

    [Fact]
    public void Convert_ToHalf_RoundsAndNamesWhatIsTooLarge()
    {
        using var folder = new TemporaryFolder();
        var weights = new PickleDict { ["w"] = StoredTensor.From(Weights, 4), ["n"] = StoredTensor.From<long>([7]) };
        TorchFile.Write(folder["a.pth"], weights);
        CheckpointConverter.Convert(folder["a.pth"], folder["b.pth"], new() { Half = true });
        var read = StateDict.Load(folder["b.pth"]);
        Assert.Equal((ScalarType.Float16, ScalarType.Int64), (read["w"].Type, read["n"].Type));
        Assert.Equal([0.0999755859375f, -2, 0, 65504], read["w"].ToArray<float>());

        TorchFile.Write(folder["a.pth"], new PickleDict { ["w"] = StoredTensor.From<float>([1, 65520], 2) });
        var error = Assert.Throws<CheckpointException>(
            () => CheckpointConverter.Convert(folder["a.pth"], folder["b.pth"], new() { Half = true }));
        Assert.Equal($"{folder["a.pth"]}: cannot be stored in half precision: 'w' has the value 65520.", error.Message);
    }

    [Fact]
    public void Convert_OfTheAverage_TakesTheSecondSet()
    {
        using var folder = new TemporaryFolder();
        TorchFile.Write(folder["a.pth"], Training());
        CheckpointConverter.Convert(folder["a.pth"], folder["b.pth"], new() { Average = true });
        Assert.Equal([1f, 2, 3, 4], StateDict.Load(folder["b.pth"])["w"].ToArray<float>());
    }

    [Fact]
    public void Convert_ThatFails_LeavesTheOldFile()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.pth", "hello"u8);
        folder.Write("b.pth", "old"u8);
        Assert.Throws<CheckpointException>(() => CheckpointConverter.Convert(folder["a.pth"], folder["b.pth"], new()));
        Assert.Equal("old", File.ReadAllText(folder["b.pth"]));
    }
}
