using Paa.Assignment;
using Paa.Boxes;
using Paa.Models;
using Paa.Options;

namespace Paa.Inference;

/// <summary>From head outputs to detections: select, decode, suppress, vote.</summary>
/// <remarks>
/// Kim and Lee, ECCV 2020, sections 3.2 and 3.3, in MMDetection's order: on each level the anchors of highest score, decoded,
/// clipped to the network's input, divided by the scale factor; then NMS by class and score voting in the original image. Plain
/// C# on the host: deterministic and independent of the device. Not thread-safe: an instance reuses its memory.
/// </remarks>
public sealed class PostProcessor
{
    static readonly Box Unscaled = new(1, 1, 1, 1);

    readonly ScoredBoxes _candidates;
    readonly ICandidateSelector _selector;
    readonly Nms _nms;
    readonly ScoreVoting _voting = new();

    /// <param name="options">Thresholds and limits.</param>
    /// <param name="classCount">Number of classes K.</param>
    /// <param name="profile">Whose selection and suppression.</param>
    public PostProcessor(PostProcessingOptions options, int classCount, SemanticsProfile profile = SemanticsProfile.Mmdet)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classCount);
        _candidates = new ScoredBoxes(classCount);
        _selector = profile == SemanticsProfile.Original
            ? new PairSelector(options.PreNmsTopK, options.ScoreThreshold)
            : new AnchorSelector(options.PreNmsTopK, options.ScoreThreshold);
        _nms = new Nms(options.NmsIouThreshold, options.MaxDetections, profile);
    }

    /// <summary>Detections of one image.</summary>
    /// <param name="levels">Head outputs, finest level first.</param>
    /// <param name="grid">The anchors of these levels.</param>
    /// <param name="imageShape">Size of the resized image without padding, in pixels; boxes are clipped to it.</param>
    /// <param name="scaleFactor">
    /// Resized by original size, as (width, height, width, height); boxes are divided by it. Empty: they stay in the resized image.
    /// </param>
    /// <param name="voting">Move boxes by score voting; detections then come grouped by class, else best first.</param>
    /// <exception cref="ArgumentException">A level is not of the grid's size.</exception>
    public Detection[] Process(
        ReadOnlySpan<LevelOutput> levels, AnchorGrid grid, ImageSize imageShape, ReadOnlySpan<float> scaleFactor, bool voting)
    {
        ThrowIfMismatched(levels, grid, scaleFactor);
        _candidates.Clear();
        var scale = scaleFactor.IsEmpty ? Unscaled : new Box(scaleFactor[0], scaleFactor[1], scaleFactor[2], scaleFactor[3]);
        AddCandidates(levels, grid, new ViewMapping(imageShape, scale));
        return Select(voting);
    }

    /// <summary>Detections of one image that was seen in several ways.</summary>
    /// <remarks>
    /// As in the authors' <c>im_detect_bbox_aug</c>, the candidates of every view are mapped back to the original image and
    /// joined before NMS. Score voting then sees all of them; their code leaves it out here. MMDetection's PAA has no such test.
    /// </remarks>
    /// <param name="views">Head outputs of each view.</param>
    /// <param name="voting">Move boxes by score voting; detections then come grouped by class, else best first.</param>
    /// <returns>Boxes in pixels of the original image.</returns>
    /// <exception cref="ArgumentException">A level is not of the grid's size.</exception>
    public Detection[] Process(IEnumerable<ViewOutput> views, bool voting)
    {
        _candidates.Clear();
        foreach (var (levels, grid, geometry) in views)
        {
            ThrowIfMismatched(levels, grid, geometry.ScaleFactor);
            AddCandidates(levels, grid, new ViewMapping(geometry));
        }
        return Select(voting);
    }

    void AddCandidates(ReadOnlySpan<LevelOutput> levels, AnchorGrid grid, ViewMapping mapping)
    {
        for (var level = 0; level < levels.Length; level++)
        {
            var firstBox = _candidates.BoxCount;
            var anchors = _selector.Select(levels[level].ClassLogits.Span, levels[level].IouLogits.Span, _candidates);
            Decode(levels[level].BoxDeltas.Span, grid.Boxes.AsSpan(grid.LevelStarts[level]..grid.LevelStarts[level + 1]), anchors,
                firstBox, mapping);
        }
    }

    Detection[] Select(bool voting)
    {
        var kept = _nms.Keep(_candidates);
        return voting ? _voting.Vote(kept, _candidates) : [.. kept.Select(_candidates.Detection)];
    }

    /// <summary>Decodes the boxes that have a score, as few do in a trained network.</summary>
    void Decode(ReadOnlySpan<float> deltas, ReadOnlySpan<Box> levelAnchors, ReadOnlySpan<int> anchors, int firstBox,
        ViewMapping mapping)
    {
        var plane = levelAnchors.Length;
        for (var i = 0; i < anchors.Length; i++)
        {
            if (!_candidates.IsScored(firstBox + i)) continue;
            var a = anchors[i];
            var own = new BoxDeltas(deltas[a], deltas[plane + a], deltas[2 * plane + a], deltas[3 * plane + a]);
            _candidates[firstBox + i] = mapping.ToOriginal(BoxCoder.Decode(levelAnchors[a], own));
        }
    }

    void ThrowIfMismatched(ReadOnlySpan<LevelOutput> levels, AnchorGrid grid, ReadOnlySpan<float> scaleFactor)
    {
        if (levels.Length != grid.Levels.Length)
            throw new ArgumentException($"PostProcessor: {grid.Levels.Length} levels expected, got {levels.Length}.");
        if (scaleFactor.Length is not (0 or 4))
            throw new ArgumentException($"PostProcessor: a scale factor has 4 numbers, got {scaleFactor.Length}.");
        for (var i = 0; i < levels.Length; i++)
        {
            var (cls, box, iou) = (levels[i].ClassLogits.Length, levels[i].BoxDeltas.Length, levels[i].IouLogits.Length);
            var (size, classes) = (grid.Levels[i].Size, _candidates.ClassCount);
            if (levels[i].Size != size || cls != classes * size.Area || box != 4 * size.Area || iou != size.Area)
                throw new ArgumentException($"PostProcessor: level {i} must have {classes}, 4 and 1 maps of {size}, "
                    + $"got {cls}, {box} and {iou} numbers for maps of {levels[i].Size}.");
        }
    }
}
