using Paa.Torch.Internals;

namespace Paa.Torch;

/// <summary>Layers on maps in blocks of 16 channels: [N, C / 16, H, W, 16] in place of [N, C, H, W].</summary>
/// <remarks>
/// It is the layout that oneDNN's convolutions compute in on processors with AVX-512. A network that stays in it from layer to
/// layer rearranges no map, and norms, ReLUs and sums are one pass over memory each. The plain versions in
/// <see cref="Functional"/> give the same values and gradients, up to rounding, and are the oracle in the tests.
/// </remarks>
public static class BlockedMaps
{
    const int Rank = 5;

    /// <summary>Channels of a block.</summary>
    public const int Channels = 16;

    /// <summary>Whether a network on this input computes in blocks: in single precision on a processor with AVX-512, in a build
    /// whose libtorch shares its oneDNN, and not in mixed precision. The functions below need it.</summary>
    /// <param name="images">What enters the network. Borrowed.</param>
    public static bool Suit(Tensor images) => Native.paa_computes_in_blocks(images.Handle) != 0;

    /// <summary>Whether a map is in blocks.</summary>
    /// <param name="map">Plain or in blocks.</param>
    public static bool IsBlocked(Tensor map) => map.Shape.Length == Rank;

    /// <summary>max(convolution(input, weight * scale) + bias + residual, 0), or without the ReLU.</summary>
    /// <param name="input">Plain, [N, C, H, W], or in blocks. Borrowed.</param>
    /// <param name="weight">[D, C, k, k]. Borrowed.</param>
    /// <param name="scale">A factor for each output channel, [D], such as a folded norm's; null for none.</param>
    /// <param name="bias">[D]; null for none.</param>
    /// <param name="residual">Of the result's shape and layout; null for none.</param>
    /// <param name="stride">Step, in pixels.</param>
    /// <param name="padding">Zeros around the input, in pixels.</param>
    /// <param name="relu">Whether max(x, 0) of the result is wanted.</param>
    /// <returns>D channels, in blocks if D divides by 16, else plain; owned.</returns>
    public static Tensor Conv2d(
        Tensor input, Tensor weight, Tensor? scale = null, Tensor? bias = null, Tensor? residual = null, int stride = 1,
        int padding = 0, bool relu = false) =>
        Aten.BlockedConvolution.Invoke(input, weight, scale, bias, residual, stride, padding, relu);

    /// <summary>Convolution, at stride 1, of max(group norm(input), 0); see <see cref="Functional.NormalizedConv2d"/>.</summary>
    /// <param name="input">In blocks. Borrowed.</param>
    /// <param name="groups">Groups of the norm; divides C.</param>
    /// <param name="normWeight">Scale of the norm, [C].</param>
    /// <param name="normBias">Shift of the norm, [C].</param>
    /// <param name="weight">[D, C, k, k].</param>
    /// <param name="bias">[D], or none.</param>
    /// <param name="padding">Zeros around the normalised map, in pixels.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <returns>As <see cref="Conv2d"/>.</returns>
    public static Tensor NormalizedConv2d(
        Tensor input, int groups, Tensor normWeight, Tensor normBias, Tensor weight, Tensor? bias, int padding,
        double eps = 1e-5) =>
        Aten.BlockedNormalizedConvolution.Invoke(input, groups, normWeight, normBias, eps, weight, bias, padding);

    /// <summary>Largest element of each window.</summary>
    /// <param name="input">In blocks. Borrowed.</param>
    /// <param name="kernel">Side of the window, in pixels.</param>
    /// <param name="stride">Step, in pixels.</param>
    /// <param name="padding">Minus infinity around the input, in pixels.</param>
    /// <returns>In blocks, owned.</returns>
    public static Tensor MaxPool2d(Tensor input, int kernel, int stride, int padding = 0) =>
        Aten.BlockedMaxPool.Invoke(input, kernel, stride, padding);

    /// <summary>Enlarges a map by repeating the nearest pixel above and left.</summary>
    /// <param name="input">In blocks. Borrowed.</param>
    /// <param name="height">New height.</param>
    /// <param name="width">New width.</param>
    /// <returns>In blocks, owned.</returns>
    public static Tensor UpsampleNearest(Tensor input, int height, int width) =>
        Aten.BlockedUpsample.Invoke(input, height, width);

    /// <summary>The same map, [N, C, H, W].</summary>
    /// <param name="input">In blocks. Borrowed.</param>
    /// <returns>Owned.</returns>
    public static Tensor ToPlain(Tensor input) => Aten.BlockedToPlain.Invoke(input);
}
