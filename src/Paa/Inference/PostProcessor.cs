using Paa.Boxes;
using Paa.Data;
using Paa.Models;
using Paa.Options;

namespace Paa.Inference;

/// <summary>The head's outputs for one view of an image: one scale and flip.</summary>
/// <param name="Levels">Head outputs, finest level first.</param>
/// <param name="Grid">The anchors of these levels.</param>
/// <param name="Geometry">How the image became the network's input.</param>
public readonly record struct ViewOutput(LevelOutput[] Levels, AnchorGrid Grid, ImageGeometry Geometry);

/// <summary>Turns head outputs into detections: select, decode, suppress, vote.</summary>
/// <remarks>
/// Kim and Lee, ECCV 2020, sections 3.2 and 3.3, in MMDetection's order: on each level the anchors of highest score are decoded,
/// clipped to the network's input and divided by the scale factors; then come NMS, per class unless the options say otherwise,
/// and score voting per class in the original image. Plain C# on the host: deterministic and independent of the device. Not
/// thread-safe: an instance reuses its memory.
/// </remarks>
public sealed class PostProcessor
{
    readonly ScoredBoxes _candidates;
    readonly ICandidateSelector _selector;
    readonly Nms _nms;
    readonly ScoreVoting _voting = new();
    readonly float _scoreThreshold;

    /// <param name="options">Thresholds and limits.</param>
    /// <param name="classCount">Number of classes K.</param>
    /// <param name="profile">The semantics of selection and suppression.</param>
    public PostProcessor(PostProcessingOptions options, int classCount, SemanticsProfile profile = SemanticsProfile.Mmdet)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classCount);
        _candidates = new ScoredBoxes(classCount);
        _selector = profile == SemanticsProfile.Original
            ? new PairSelector(options.PreNmsTopK, options.ScoreThreshold)
            : new AnchorSelector(options.PreNmsTopK, options.ScoreThreshold);
        _scoreThreshold = options.ScoreThreshold;
        _nms = new Nms(options.NmsIouThreshold, options.MaxDetections, profile, options.ClassAgnosticNms);
    }

    /// <summary>Computes the detections of one image.</summary>
    /// <remarks>
    /// If an image has several views, the candidates of every view are mapped back to the original image and joined before NMS,
    /// as in the authors' <c>im_detect_bbox_aug</c>. Score voting then uses all of them; the authors' code leaves it out here.
    /// MMDetection's PAA has no such test.
    /// </remarks>
    /// <param name="views">Head outputs of each view; usually there is one.</param>
    /// <param name="voting">
    /// Whether to refine boxes by score voting. If so, detections are grouped by class; otherwise best first.
    /// </param>
    /// <returns>Boxes in pixels of the original image.</returns>
    /// <exception cref="ArgumentException">A level does not have the size of the grid.</exception>
    public Detection[] Process(IEnumerable<ViewOutput> views, bool voting)
    {
        _candidates.Clear();
        foreach (var view in views)
        {
            ThrowIfMismatched(view.Levels, view.Grid);
            AddCandidates(view);
        }
        return Finish(voting);
    }

    /// <summary>Computes the detections of one image whose boxes are decoded.</summary>
    /// <param name="boxes">In pixels of the original image.</param>
    /// <param name="scores">[boxes, K].</param>
    /// <param name="voting">As with head outputs.</param>
    internal Detection[] Process(ReadOnlySpan<Box> boxes, ReadOnlySpan<float> scores, bool voting)
    {
        _candidates.Clear();
        var first = _candidates.AddBoxes(boxes.Length);
        for (var i = 0; i < scores.Length; i++)
        {
            if (!(scores[i] > _scoreThreshold)) continue;
            var (box, label) = Math.DivRem(i, _candidates.ClassCount);
            _candidates.Add(first + box, label, scores[i]);
            _candidates[first + box] = boxes[box];
        }
        return Finish(voting);
    }

    Detection[] Finish(bool voting)
    {
        var kept = _nms.Keep(_candidates);
        return voting ? _voting.Vote(kept, _candidates) : [.. kept.Select(_candidates.Detection)];
    }

    void AddCandidates(ViewOutput view)
    {
        var starts = view.Grid.LevelStarts;
        for (var level = 0; level < view.Levels.Length; level++)
        {
            var output = view.Levels[level];
            var firstBox = _candidates.BoxCount;
            var places = _selector.Select(output.ClassLogits.Span, output.IouLogits.Span, _candidates);
            var anchors = view.Grid.Boxes.AsSpan(starts[level]..starts[level + 1]);
            Decode(output.BoxDeltas.Span, anchors, places, firstBox, view.Geometry);
        }
    }

    /// <summary>Decodes only boxes that have a score; in a trained network these are few.</summary>
    void Decode(
        ReadOnlySpan<float> deltas, ReadOnlySpan<Box> anchors, ReadOnlySpan<int> places, int firstBox, ImageGeometry geometry)
    {
        var plane = anchors.Length;
        for (var i = 0; i < places.Length; i++)
        {
            if (!_candidates.IsScored(firstBox + i)) continue;
            var a = places[i];
            var own = new BoxDeltas(deltas[a], deltas[plane + a], deltas[2 * plane + a], deltas[3 * plane + a]);
            _candidates[firstBox + i] = geometry.ToOriginal(BoxCoder.Decode(anchors[a], own));
        }
    }

    void ThrowIfMismatched(ReadOnlySpan<LevelOutput> levels, AnchorGrid grid)
    {
        if (levels.Length != grid.Levels.Length)
            throw new ArgumentException($"PostProcessor: {grid.Levels.Length} levels expected, got {levels.Length}.");
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
