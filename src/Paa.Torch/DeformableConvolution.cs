namespace Paa.Torch;

/// <summary>The modulated deformable convolution (Zhu et al., CVPR 2019, equation 1), composed of libtorch's operators.</summary>
/// <remarks>
/// y(p) = sum over taps t of w_t m_t(p) x(p + p_t + d_t(p)), x read bilinearly with zeros outside, as mmcv's kernels do. Each tap
/// is one <c>grid_sample</c> and one 1x1 convolution, so gradients and devices come with libtorch. Without gradients the extra
/// memory is two maps of the input's channels. With gradients two such maps a tap stay until the backward pass (mmcv keeps none
/// and computes them again): 18 for a 3x3 kernel.
/// </remarks>
public static class DeformableConvolution
{
    /// <summary>Convolves.</summary>
    /// <param name="input">[N, C, H, W], x.</param>
    /// <param name="offsets">[N, G * k^2 * 2, H', W'], d, in pixels of the input: for each deformable group and tap y, then
    /// x.</param>
    /// <param name="mask">[N, G * k^2, H', W'], m, the factors.</param>
    /// <param name="weight">[D, C / groups, k, k], w.</param>
    /// <param name="bias">[D], or none.</param>
    /// <param name="stride">Step, in pixels.</param>
    /// <param name="padding">Zeros around the input, in pixels.</param>
    /// <param name="groups">Independent groups of channels.</param>
    /// <param name="deformGroups">Groups of input channels with offsets of their own, G.</param>
    /// <returns>[N, D, H', W'], owned.</returns>
    /// <exception cref="ShapeException">Offsets or mask have not as many channels as groups and taps ask for.</exception>
    public static Tensor Apply(
        Tensor input, Tensor offsets, Tensor mask, Tensor weight, Tensor? bias,
        int stride, int padding, int groups, int deformGroups)
    {
        var (images, channels, kernel) = (input.Size(0), input.Size(1), weight.Width);
        var (height, width, taps) = (offsets.Height, offsets.Width, kernel * kernel);
        ShapeException.ThrowIfNotEqual(offsets.Size(1), 2L * deformGroups * taps,
            "DeformableConvolution: channels of the offsets");
        ShapeException.ThrowIfNotEqual(mask.Size(1), (long)deformGroups * taps, "DeformableConvolution: channels of the mask");
        using var scope = new TensorScope();
        // A deformable group is sampled like an image of its own.
        var pixels = input.Reshape(images * deformGroups, channels / deformGroups, input.Height, input.Width);
        var moves = offsets.Reshape(images * deformGroups, taps, 2, height, width);
        var factors = mask.Reshape(images * deformGroups, taps, height, width);
        var rows = RegularGrid(height, stride, input.Height, offsets).Reshape(height, 1);
        var columns = RegularGrid(width, stride, input.Width, offsets);
        Tensor? sum = null;
        for (var tap = 0; tap < taps; tap++)
        {
            using var tapScope = new TensorScope();
            var (row, column) = (tap / kernel, tap % kernel);
            var move = moves.Select(1, tap);                                          // [N G, 2, H', W']
            var y = (rows + 2.0 * (row - padding) / input.Height) + move.Select(1, 0) * (2.0 / input.Height);
            var x = (columns + 2.0 * (column - padding) / input.Width) + move.Select(1, 1) * (2.0 / input.Width);
            var sampled = Functional.GridSample(pixels, Tensor.Stack([x, y], -1)) * factors.Select(1, tap).Unsqueeze(1);
            var tapWeight = weight.Slice(2, row, row + 1).Slice(3, column, column + 1);
            var part = Functional.Conv2d(
                sampled.Reshape(images, channels, height, width), tapWeight, tap == 0 ? bias : null, groups: groups);
            sum = sum is null ? tapScope.Keep(part) : sum.AddInPlace(part);           // [N, D, H', W']
        }
        return scope.Keep(sum!);
    }

    /// <summary>Centres of pixels 0, stride, 2 stride, ... where the image reaches from -1 to 1.</summary>
    static Tensor RegularGrid(int count, int stride, int size, Tensor like) =>
        Tensor.Arange(count, like.Device).To(like.Type) * (2.0 * stride / size) + (1.0 / size - 1);
}
