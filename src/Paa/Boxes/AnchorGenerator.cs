using Paa.Options;

namespace Paa.Boxes;

/// <summary>Places one square anchor at every position of every pyramid level.</summary>
/// <remarks>
/// Kim and Lee, ECCV 2020, section 4: one anchor per location, with a side of 8 strides. Centres lie at (column * stride, row *
/// stride). Thread-safe: grids are immutable. Grids of recent sizes are kept, because the images of a data set share few sizes.
/// </remarks>
public sealed class AnchorGenerator
{
    const int KeptGrids = 32;

    readonly AnchorOptions _options;
    readonly Lock _lock = new();
    readonly LinkedList<(ImageSize[] Sizes, AnchorGrid Grid)> _recent = [];

    /// <param name="options">Strides of the levels and scale of the anchors.</param>
    /// <exception cref="ArgumentException">There is no level, or a stride or the scale is not positive.</exception>
    public AnchorGenerator(AnchorOptions options)
    {
        if (options.Strides.Length == 0 || options.Strides.Any(stride => stride <= 0))
            throw new ArgumentException(
                $"AnchorGenerator: strides must be positive, got [{string.Join(", ", options.Strides)}].");
        if (!(options.Scale > 0))
            throw new ArgumentException($"AnchorGenerator: the scale must be positive, got {options.Scale}.");
        _options = options;
    }

    /// <summary>
    /// Sizes of the feature maps for an input of any size, finest first.
    /// </summary>
    public ImageSize[] FeatureSizes(ImageSize input) =>
        [.. _options.Strides.Select(s => new ImageSize(CeilingDivide(input.Height, s), CeilingDivide(input.Width, s)))];

    /// <summary>The grid of a network input.</summary>
    public AnchorGrid Grid(ImageSize input) => Grid(FeatureSizes(input));

    /// <summary>The grid of feature maps with these sizes, finest first.</summary>
    /// <exception cref="ArgumentException">The number of sizes differs from the number of strides.</exception>
    public AnchorGrid Grid(ReadOnlySpan<ImageSize> featureSizes)
    {
        if (featureSizes.Length != _options.Strides.Length)
            throw new ArgumentException(
                $"AnchorGenerator: {_options.Strides.Length} levels expected, got {featureSizes.Length}.");
        lock (_lock)
        {
            var node = _recent.First;
            while (node is not null && !featureSizes.SequenceEqual(node.Value.Sizes)) node = node.Next;
            if (node is not null) _recent.Remove(node);
            else node = new((featureSizes.ToArray(), new AnchorGrid(featureSizes, _options.Strides, _options.Scale)));
            _recent.AddFirst(node);
            if (_recent.Count > KeptGrids) _recent.RemoveLast();
            return node.Value.Grid;
        }
    }

    /// <summary>
    /// Quotient rounded up. Repeated halving that rounds up, as in strided convolutions, gives the same size.
    /// </summary>
    internal static int CeilingDivide(int value, int divisor) => (value + divisor - 1) / divisor;
}
