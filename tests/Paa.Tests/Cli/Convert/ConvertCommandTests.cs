using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Engines;
using Paa.Tests.Models;

namespace Paa.Tests.Cli.Convert;

[Collection("Native")]
public sealed class ConvertCommandTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("out.pth", null, 80)]
    [InlineData("out.pth", "legacy", 0x80)]
    [InlineData("out.safetensors", null, null)]
    public void Convert_GivesADetector_InTheFormatAskedFor(string name, string? format, int? firstByte)
    {
        using var detector = SmallDetector.Create();
        var source = SmallDetector.Save(detector, _folder["in.pth"], "a", "b", "c");
        var target = _folder[name];
        var run = Terminal.Run(["convert", source, target, .. format is null ? Array.Empty<string>() : ["--format", format]]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches($@"{name}: \d+ tensors, \d\.\d MB\n$", run.Output);
        if (firstByte is not null) Assert.Equal(firstByte, File.ReadAllBytes(target)[0]);
        var loaded = DetectorFile.Load(target);
        Assert.Equal(["a", "b", "c"], loaded.Classes);
    }

    [Fact]
    public void Convert_NeverReplacesItsSource()
    {
        TorchFile.Write(_folder["in.pth"], new PickleDict { ["a"] = StoredTensor.From<float>([1], 1) });
        File.CreateSymbolicLink(_folder["link.pth"], _folder["in.pth"]);
        var bytes = File.ReadAllBytes(_folder["in.pth"]);
        Terminal.Run("convert", _folder["in.pth"], _folder["link.pth"], "--half").AssertFails(2, $"paa convert: OUT "
            + $"{_folder["link.pth"]}: it would replace {_folder["in.pth"]}, which is read; choose another name.");
        Assert.Equal(bytes, File.ReadAllBytes(_folder["in.pth"]));
    }

    [Fact]
    public void Convert_ToHalf_IsSmallerAndLoads()
    {
        using var detector = SmallDetector.Create();
        var source = SmallDetector.Save(detector, _folder["in.pth"]);
        Assert.Equal(0, Terminal.Run("convert", source, _folder["out.pth"], "--half").ExitCode);
        Assert.True(new FileInfo(_folder["out.pth"]).Length < 0.6 * new FileInfo(source).Length);
        var loaded = DetectorFile.Load(_folder["out.pth"]);
        using var network = new InferenceOptions().CreateNetwork(loaded.Network, loaded.Weights).Network;
        Assert.Single(network.Infer(new float[3 * 64 * 64], images: 1, new ImageSize(64, 64)));
    }

    [Fact]
    public void Convert_SaysWhatIsLeftOut()
    {
        var one = StoredTensor.From<float>([1], 1);
        TorchFile.Write(_folder["in.pth"], new PickleDict
        {
            { "state_dict", new PickleDict { ["a"] = one, ["ema_a"] = one } }, { "optimizer", new PickleDict() },
        });
        var run = Terminal.Run("convert", _folder["in.pth"], _folder["out.pth"], "--strip-optimizer");
        Assert.EndsWith("1 tensors, 0.0 MB; left out: optimizer, ema_a\n", run.Output);
    }

    [Fact]
    public void Convert_OfAnAverageThatIsNotThere_IsOneLineAndCode1()
    {
        TorchFile.Write(_folder["in.pth"], new PickleDict { ["a"] = StoredTensor.From<float>([1], 1) });
        var run = Terminal.Run("convert", _folder["in.pth"], _folder["out.pth"], "--ema");
        run.AssertFails(1, $"paa convert: {_folder["in.pth"]}: has no averaged weights: no ema_* in its state dict and none of "
            + "ema_state_dict, state_dict_ema, model_ema, ema beside it.");
        Assert.False(File.Exists(_folder["out.pth"]));
    }
}
