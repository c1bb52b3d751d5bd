using Paa.Dnn;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>One residual block of a ResNet: a branch of convolutions, added to its input.</summary>
public abstract class ResidualBlock(ParameterPath path) : Module(path)
{
    /// <summary>The 1x1 projection of the input where its shape changes, else null.</summary>
    internal abstract ConvNorm? Projection { get; }

    /// <summary>Convolutions of the branch in order; the gain of the last starts at zero in training from scratch.</summary>
    internal abstract IReadOnlyList<ConvNorm> Layers { get; }

    /// <summary>The residual branch, without its final ReLU.</summary>
    protected abstract Tensor Branch(Tensor x);

    /// <summary>Records relu(branch(x) + shortcut).</summary>
    private protected abstract DnnMap RecordBranch(LayerRecorder recorder, DnnMap x, DnnMap shortcut);

    /// <summary>Records what <see cref="Forward"/> computes.</summary>
    internal DnnMap Record(LayerRecorder recorder, DnnMap x) => RecordBranch(recorder, x, Projection?.Record(recorder, x) ?? x);

    /// <summary>relu(branch(x) + x), with x projected where the shape changes.</summary>
    /// <param name="x">[N, C, H, W]. Borrowed.</param>
    /// <returns>[N, C', H / stride, W / stride].</returns>
    public Tensor Forward(Tensor x)
    {
        var sum = Branch(x).AddInPlace(Projection is null ? x : Projection.Forward(x));
        return Functional.ReluInPlace(sum);
    }

    /// <summary>Names the normalisation <c>bn1</c> or <c>gn1</c>, as MMDetection does.</summary>
    private protected static string NormName(NormKind kind, int index) => (kind == NormKind.BN ? "bn" : "gn") + index;

    /// <summary>The projection of a block whose output differs from its input in stride or channels, else null.</summary>
    private protected static ConvNorm? Project(ParameterPath path, NormKind kind, int inChannels, int outChannels, int stride) =>
        stride == 1 && inChannels == outChannels
            ? null
            : new ConvNorm(path / "downsample.0", path / "downsample.1", kind, inChannels, outChannels, kernel: 1, stride);
}
