using Paa.Checkpoints;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Tests.Torch.Nn;

public class ModulatedDeformConv2dTests
{
    [Fact]
    public void Names_AreThoseOfMmcv()
    {
        using var store = new ParameterStore();
        var options = new ConvolutionOptions { Groups = 2, HasBias = false };
        _ = new ModulatedDeformConv2d(store.Root / "conv2", 8, 4, kernel: 3, options, deformGroups: 2);
        string[] expected =
        [
            "conv2.weight: Float32[4, 4, 3, 3]",
            "conv2.conv_offset.weight: Float32[54, 8, 3, 3]",
            "conv2.conv_offset.bias: Float32[54]",
        ];
        Assert.Equal(expected, store.Entries.Select(entry => entry.ToString()));
    }

    [Fact]
    public void Forward_AsInitialised_IsHalfOfConv2d()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        var deformable = new ModulatedDeformConv2d(store.Root / "conv", 4, 6, kernel: 3, new() { Stride = 2, HasBias = false });
        TorchRuntime.ManualSeed(1);
        deformable.InitializeWeights();
        Assert.InRange(deformable.Weight.Abs().Max().ToDouble(), 0.9 / 6, 1.0 / 6);          // 1 / sqrt(4 * 9)
        var input = Tensor.Empty([1, 4, 9, 8]).NormalInPlace();
        var expected = Functional.Conv2d(input, deformable.Weight, null, stride: 2, padding: 1) * 0.5; // sigmoid(0)
        Assert.True((deformable.Forward(input) - expected).Abs().Max().ToDouble() < 1e-5);
    }

    [Fact]
    public void Forward_ReadsOffsetsFirst_YBeforeX_ThenFactors()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        var conv = new ModulatedDeformConv2d(store.Root / "conv", 1, 1, kernel: 1, new() { HasBias = false });
        using var noGrad = new NoGrad();
        conv.Weight.FillInPlace(1);
        store["conv.conv_offset.bias"].Tensor.CopyFrom<float>([1, 2, 100]);         // one down, two to the right, factor 1
        var image = Tensor.From([.. Enumerable.Range(0, 12).Select(i => (float)i)], 1, 1, 3, 4);
        Assert.Equal([6, 7, 0, 0, 10, 11, 0, 0, 0, 0, 0, 0], conv.Forward(image).ToArray<float>().Select(v => MathF.Round(v, 4)));
    }

    [Fact]
    public void Forward_WithAFoldedNorm_EqualsTheNormAfterIt()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        TorchRuntime.ManualSeed(1);
        var conv = new ModulatedDeformConv2d(store.Root / "conv", 4, 4, kernel: 3, new() { Groups = 2, HasBias = false });
        var norm = new BatchNorm2d(store.Root / "bn", 4);
        using (new NoGrad())
            foreach (var entry in store.Entries.Where(entry => entry.Tensor.Type == ScalarType.Float32))
                entry.Tensor.UniformInPlace(0.1, 0.5);
        store.Train(false);
        var input = Tensor.Empty([2, 4, 6, 6]).NormalInPlace();
        var difference = conv.Forward(input, norm) - norm.Forward(conv.Forward(input));
        Assert.True(difference.Abs().Max().ToDouble() < 1e-5);
    }

    [Fact]
    public void Groups_ThatDoNotDivide_AreRefused()
    {
        using var store = new ParameterStore();
        Assert.Contains("conv: 6 to 4 channels do not divide into 3 groups",
            Assert.Throws<ArgumentException>(() => new Conv2d(store.Root / "conv", 6, 4, 3, new() { Groups = 3 })).Message);
        Assert.Contains("6 channels do not divide into 4 deformable groups",
            Assert.Throws<ArgumentException>(
                () => new ModulatedDeformConv2d(store.Root / "a", 6, 6, 3, deformGroups: 4)).Message);
    }
}
