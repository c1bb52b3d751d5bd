using Paa.Boxes;
using Paa.Models;
using Paa.Options;

namespace Paa.Assignment;

/// <summary>How well the anchors fit boxes: a box that no anchor overlaps enough has few candidates to learn from.</summary>
/// <param name="options">Strides and scale of the anchors.</param>
public sealed class AnchorCoverage(AnchorOptions options)
{
    readonly AnchorGenerator _generator = new(options);

    /// <summary>The highest IoU of each box with any anchor.</summary>
    /// <param name="input">Padded size of the network's input.</param>
    /// <param name="boxes">In pixels of the input.</param>
    /// <returns>One value a box, 0 to 1.</returns>
    public float[] BestIous(ImageSize input, ReadOnlySpan<Box> boxes)
    {
        var grid = _generator.Grid(input);
        var overlap = new OverlapMaximum(grid, new float[grid.Count], new int[grid.Count]);
        var best = new float[boxes.Length];
        for (var i = 0; i < boxes.Length; i++) best[i] = overlap.Add(boxes[i], i, input).Iou;
        return best;
    }
}
