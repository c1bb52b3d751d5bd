namespace Paa.Torch.Nn;

/// <summary>What most convolutions leave as it is.</summary>
public sealed record ConvolutionOptions
{
    /// <summary>Step, in pixels.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Zeros around the input, in pixels; null: half the kernel, which keeps the size at stride 1.</summary>
    public int? Padding { get; init; }

    /// <summary>Independent groups of channels; divides C and D.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Whether a number per channel is added.</summary>
    public bool HasBias { get; init; } = true;
}

/// <summary>A two-dimensional convolution of whatever kind: its weights, and how a batch norm behind it is folded into
/// them.</summary>
public abstract class Convolution : Module
{
    /// <summary>Adds <c>weight</c> and, if wanted, <c>bias</c>; zeros until initialised.</summary>
    /// <param name="path">Where they are named.</param>
    /// <param name="inChannels">Channels of the input, C.</param>
    /// <param name="outChannels">Channels of the result, D.</param>
    /// <param name="kernel">Side of the kernel, k.</param>
    /// <param name="options">Stride, padding, groups, bias.</param>
    /// <exception cref="ArgumentException">The groups do not divide the channels.</exception>
    protected Convolution(ParameterPath path, int inChannels, int outChannels, int kernel, ConvolutionOptions options)
        : base(path)
    {
        var groups = options.Groups;
        if (groups < 1 || inChannels % groups != 0 || outChannels % groups != 0)
            throw new ArgumentException(
                $"{path.Name}: {inChannels} to {outChannels} channels do not divide into {groups} groups.", nameof(options));
        (Stride, Padding, Groups) = (options.Stride, options.Padding ?? kernel / 2, groups);
        Weight = path.AddParameter("weight", [outChannels, inChannels / groups, kernel, kernel]);
        Bias = options.HasBias ? path.AddParameter("bias", [outChannels]) : null;
    }

    /// <summary>[D, C / groups, k, k], held by the store.</summary>
    public Tensor Weight { get; }

    /// <summary>[D], held by the store; null without bias.</summary>
    public Tensor? Bias { get; }

    /// <summary>Step, in pixels.</summary>
    public int Stride { get; }

    /// <summary>Zeros around the input, in pixels.</summary>
    public int Padding { get; }

    /// <summary>Independent groups of channels.</summary>
    public int Groups { get; }

    /// <summary>Convolves.</summary>
    /// <param name="input">[N, C, H, W]. Borrowed.</param>
    /// <param name="relu">Whether max(x, 0) of the result is wanted.</param>
    /// <returns>[N, D, H / stride, W / stride], owned.</returns>
    public Tensor Forward(Tensor input, bool relu = false) => Convolve(input, Weight, Bias, relu);

    /// <summary>Convolves and normalises. Stored statistics are folded into the weights first (w * gamma / sigma): the same
    /// values and gradients up to rounding, one pass over the image less, and nothing kept for the norm's backward.</summary>
    /// <param name="input">[N, C, H, W]. Borrowed.</param>
    /// <param name="norm">A norm of D channels.</param>
    /// <param name="relu">Whether max(x, 0) of the result is wanted.</param>
    /// <returns>[N, D, H / stride, W / stride], owned.</returns>
    public Tensor Forward(Tensor input, BatchNorm2d norm, bool relu = false)
    {
        using var scope = new TensorScope();
        if (norm.UsesBatchStatistics)
        {
            var normalized = scope.Keep(norm.Forward(Forward(input)));
            return relu ? Functional.ReluInPlace(normalized) : normalized;
        }
        var (weight, bias) = Fold(norm);
        return scope.Keep(Convolve(input, weight, bias, relu));
    }

    /// <summary>Weights that convolve and normalise by the stored statistics of a norm in one. Gradients flow to all of
    /// them.</summary>
    /// <param name="norm">A norm of D channels.</param>
    /// <returns>Weight [D, C / groups, k, k] and bias [D], owned.</returns>
    public (Tensor Weight, Tensor Bias) Fold(BatchNorm2d norm)
    {
        using var scope = new TensorScope();
        var (scale, shift) = norm.Fold();
        var weight = Weight * scale.Reshape(-1, 1, 1, 1);
        var bias = Bias is null ? shift : Bias * scale + shift;
        return (scope.Keep(weight), scope.Keep(bias));
    }

    /// <summary>Convolves with other weights of the same shape.</summary>
    /// <param name="input">[N, C, H, W]. Borrowed.</param>
    /// <param name="weight">[D, C / groups, k, k]. Borrowed.</param>
    /// <param name="bias">[D], or none. Borrowed.</param>
    /// <param name="relu">Whether max(x, 0) of the result is wanted.</param>
    /// <returns>[N, D, H / stride, W / stride], owned.</returns>
    protected abstract Tensor Convolve(Tensor input, Tensor weight, Tensor? bias, bool relu);
}

/// <summary>A two-dimensional convolution with weights <c>weight</c> and, if wanted, <c>bias</c>; zeros until
/// initialised.</summary>
/// <param name="path">Where they are named.</param>
/// <param name="inChannels">Channels of the input, C.</param>
/// <param name="outChannels">Channels of the result, D.</param>
/// <param name="kernel">Side of the kernel, k.</param>
/// <param name="options">Stride, padding, groups, bias; null for the usual ones.</param>
/// <exception cref="ArgumentException">The groups do not divide the channels.</exception>
public sealed class Conv2d(ParameterPath path, int inChannels, int outChannels, int kernel, ConvolutionOptions? options = null)
    : Convolution(path, inChannels, outChannels, kernel, options ?? new())
{
    /// <inheritdoc/>
    protected override Tensor Convolve(Tensor input, Tensor weight, Tensor? bias, bool relu) =>
        Functional.Conv2d(input, weight, bias, Stride, Padding, Groups, relu);
}
