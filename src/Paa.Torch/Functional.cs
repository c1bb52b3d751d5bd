namespace Paa.Torch;

/// <summary>Layers without state. Images are [N, C, H, W]; every argument is borrowed, every result owned.</summary>
public static class Functional
{
    const long NoReduction = 0;  // at::Reduction
    const long Bilinear = 0;     // at::native::GridSamplerInterpolation
    const long ZerosOutside = 0; // at::native::GridSamplerPadding

    /// <summary>Two-dimensional cross-correlation.</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="weight">[D, C / groups, k, k].</param>
    /// <param name="bias">[D], or none.</param>
    /// <param name="stride">Step, in pixels.</param>
    /// <param name="padding">Zeros around the input, in pixels.</param>
    /// <param name="groups">Independent groups of channels.</param>
    /// <param name="relu">Whether max(x, 0) of the result is wanted.</param>
    /// <returns>[N, D, (H + 2 padding - k) / stride + 1, likewise].</returns>
    public static Tensor Conv2d(
        Tensor input, Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int groups = 1, bool relu = false) =>
        Aten.Convolution.Invoke(input, weight, bias, stride, padding, groups, relu);

    /// <summary>Batch normalisation (Ioffe and Szegedy, ICML 2015) over N, H and W of each channel.</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="weight">Scale [C], or none.</param>
    /// <param name="bias">Shift [C], or none.</param>
    /// <param name="runningMean">[C]; used as it is, or updated in place when training.</param>
    /// <param name="runningVar">[C]; likewise. Updated with the unbiased variance.</param>
    /// <param name="training">Normalise by the batch's own statistics and update the running ones.</param>
    /// <param name="momentum">Share of the batch in the update.</param>
    /// <param name="eps">Added to the variance.</param>
    public static Tensor BatchNorm(
        Tensor input, Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVar,
        bool training, double momentum = 0.1, double eps = 1e-5) =>
        Aten.BatchNorm.Invoke(input, weight, bias, runningMean, runningVar, training, momentum, eps, true);

    /// <summary>Group normalisation (Wu and He, ECCV 2018): over each group of channels of each image.</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="groups">Number of groups; divides C.</param>
    /// <param name="weight">Scale [C], or none.</param>
    /// <param name="bias">Shift [C], or none.</param>
    /// <param name="eps">Added to the variance.</param>
    public static Tensor GroupNorm(Tensor input, int groups, Tensor? weight, Tensor? bias, double eps = 1e-5) =>
        Aten.GroupNorm.Invoke(input, groups, weight, bias, eps);

    /// <summary>Convolution, at stride 1, of max(group norm(input), 0). Training keeps the input alone and computes the map
    /// between a second time in the backward pass, which costs little and saves as much memory as the input takes.</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="groups">Groups of the norm; divides C.</param>
    /// <param name="normWeight">Scale of the norm, [C].</param>
    /// <param name="normBias">Shift of the norm, [C].</param>
    /// <param name="weight">[D, C, k, k].</param>
    /// <param name="bias">[D], or none.</param>
    /// <param name="padding">Zeros around the normalised map, in pixels.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <returns>[N, D, H + 2 padding - k + 1, likewise].</returns>
    public static Tensor NormalizedConv2d(
        Tensor input, int groups, Tensor normWeight, Tensor normBias, Tensor weight, Tensor? bias, int padding,
        double eps = 1e-5) =>
        Aten.NormalizedConvolution.Invoke(input, groups, normWeight, normBias, eps, weight, bias, padding);

    /// <summary>input x weight^T + bias.</summary>
    /// <param name="input">[..., I].</param>
    /// <param name="weight">[O, I].</param>
    /// <param name="bias">[O], or none.</param>
    /// <returns>[..., O].</returns>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias = null) => Aten.Linear.Invoke(input, weight, bias);

    /// <summary>max(x, 0).</summary>
    /// <param name="input">Any shape.</param>
    public static Tensor Relu(Tensor input) => Aten.Relu.Invoke(input);

    /// <summary>max(x, 0) in place.</summary>
    /// <param name="input">Any shape; overwritten.</param>
    /// <returns>The same tensor.</returns>
    public static Tensor ReluInPlace(Tensor input) => Aten.ReluInPlace.InvokeInPlace(input);

    /// <summary>Largest element of each window.</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="kernel">Side of the window, in pixels.</param>
    /// <param name="stride">Step, in pixels.</param>
    /// <param name="padding">Minus infinity around the input, in pixels.</param>
    public static Tensor MaxPool2d(Tensor input, int kernel, int stride, int padding = 0) =>
        Aten.MaxPool2d.Invoke(input, kernel, stride, padding);

    /// <summary>Enlarges an image by repeating the nearest pixel above and left.</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="height">New height.</param>
    /// <param name="width">New width.</param>
    public static Tensor UpsampleNearest(Tensor input, int height, int width) =>
        Aten.UpsampleNearest.Invoke(input, new long[] { height, width });

    /// <summary>Reads an image at any positions, bilinearly, with zeros outside.</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="grid">[N, H', W', 2]: x, then y, where the image's outer edges are at -1 and 1.</param>
    /// <returns>[N, C, H', W'].</returns>
    public static Tensor GridSample(Tensor input, Tensor grid) =>
        Aten.GridSample.Invoke(input, grid, Bilinear, ZerosOutside, false);

    /// <summary>-(t log s(x) + (1 - t) log(1 - s(x))) element by element, s the sigmoid; exact for large |x|.</summary>
    /// <param name="logits">x, any shape.</param>
    /// <param name="targets">t, the same shape, 0..1.</param>
    public static Tensor BinaryCrossEntropyWithLogits(Tensor logits, Tensor targets) =>
        Aten.BinaryCrossEntropyWithLogits.Invoke(logits, targets, Argument.None, Argument.None, NoReduction);
}
