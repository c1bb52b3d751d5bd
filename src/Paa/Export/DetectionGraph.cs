using Paa.Onnx;
using Paa.Options;

namespace Paa.Export;

/// <summary>The detections of a batch. Images with fewer than the largest number are filled up.</summary>
/// <param name="Boxes">[N, D, 4] in pixels of the original image; what fills up is 0.</param>
/// <param name="Scores">[N, D]; what fills up is 0.</param>
/// <param name="Labels">[N, D], 64-bit integers; what fills up is -1.</param>
/// <param name="Counts">[N], 64-bit integers.</param>
sealed record DetectionTensors(GraphTensor Boxes, GraphTensor Scores, GraphTensor Labels, GraphTensor Counts);

/// <summary>Non-maximum suppression and score voting as nodes: the graph of <c>Nms</c> and <c>ScoreVoting</c>, which are its
/// oracles.</summary>
/// <remarks>
/// One node without regard to classes suppresses boxes that were shifted by label * (largest coordinate + 1), so IoUs have the
/// very digits of MMDetection's. Shifted boxes of different classes never meet, so it makes no difference that MMDetection goes
/// class by class from 10,000 candidates on; only where classes are disregarded these are shifted for that.
/// </remarks>
/// <param name="options">Thresholds and profile.</param>
sealed class DetectionGraph(ModelOptions options)
{
    const long JointLimit = 10_000;
    const float MinIou = 0.01f;             // as in ScoreVoting
    const float Temperature = 0.025f;
    const float Epsilon = 1e-6f;            // as in BoxOverlap

    readonly PostProcessingOptions _limits = options.PostProcessing;
    readonly bool _isOriginal = options.Profile == SemanticsProfile.Original;

    /// <summary>Suppresses, cuts, sorts, and votes if asked to.</summary>
    /// <param name="candidates">Best first.</param>
    /// <param name="voting">Whether boxes are refined; then detections are grouped by class, else best first.</param>
    public DetectionTensors Detect(Candidates candidates, bool voting)
    {
        var kept = _isOriginal ? CutAtTies(candidates, KeepByClass(candidates)) : Keep(candidates);     // [N, C] of 0 and 1
        var counts = kept.Sum(1);
        var most = counts.Largest(0);                                                                   // [1]
        var present = most.Max(most.Row(1L)).Range() < counts.Unsqueeze(1);                             // [N, D or 1]
        var order = Order(candidates, kept, most.Max(most.Row(1L)), voting);
        var scores = candidates.Scores.AtEach(1, order);
        var labels = candidates.Labels.AtEach(1, order);
        var boxes = CandidateGraph.Rows(candidates.Boxes, order);
        if (voting) boxes = Vote(boxes, labels, candidates);
        return new DetectionTensors(
            boxes.Where(present.Unsqueeze(2), boxes.Number(0f)).Slice(1, 0, most),
            scores.Where(present, scores.Number(0f)).Slice(1, 0, most),
            labels.Where(present, labels.Number(-1L)).Slice(1, 0, most),
            counts);
    }

    /// <summary>MMDetection's suppression.</summary>
    GraphTensor Keep(Candidates candidates)
    {
        var (boxes, scores, _, isPresent) = candidates;
        var limit = _limits.MaxDetections > 0 ? scores.Number((long)_limits.MaxDetections) : scores.Size(1);
        return Selected(scores, Suppress(Shifted(candidates), scores.Unsqueeze(1), limit));

        GraphTensor Shifted(Candidates candidates)
        {
            var step = boxes.Where(isPresent.Unsqueeze(2), boxes.Number(0f)).Largest(1, 2) + 1f;        // [N, 1, 1]
            if (_limits.ClassAgnosticNms)
            {
                var isJoint = isPresent.As(OnnxType.Int64).Sum(1).Unsqueeze(1, 2) < JointLimit;
                step = step.Number(0f).Where(isJoint, step);
            }
            return boxes + candidates.Labels.As(OnnxType.Float32).Unsqueeze(2) * step;
        }
    }

    /// <summary>The authors' suppression: within classes, or without regard to them, and of any number.</summary>
    GraphTensor KeepByClass(Candidates candidates)
    {
        var (boxes, scores, labels, isPresent) = candidates;
        var ofClass = scores.Unsqueeze(1);
        if (!_limits.ClassAgnosticNms)
        {
            var classes = scores.Row<long>([.. Enumerable.Range(0, options.Head.ClassCount)]).Unsqueeze(0, 2);
            ofClass = ofClass.Where(labels.Unsqueeze(1).EqualTo(classes), scores.Number(-1f));          // [N, K, C]
        }
        return Selected(scores, Suppress(boxes, ofClass, scores.Size(1)));
    }

    /// <summary>As many as allowed, and whatever has the score of the last one.</summary>
    GraphTensor CutAtTies(Candidates candidates, GraphTensor kept)
    {
        if (_limits.MaxDetections <= 0) return kept;
        var isFirst = (kept.CumulativeSum(1) <= _limits.MaxDetections) & (kept > 0);
        var least = candidates.Scores.Where(isFirst, candidates.Scores.Number(2f)).Smallest(1);
        return kept.Where(candidates.Scores >= least, kept.Number(0L));
    }

    /// <summary>The node that suppresses.</summary>
    /// <returns>Image, class and box of each kept one, [any, 3].</returns>
    GraphTensor Suppress(GraphTensor boxes, GraphTensor scores, GraphTensor limit)
    {
        // The authors' threshold was for the class score alone and is behind us.
        var threshold = _isOriginal ? -0.5f : _limits.ScoreThreshold;
        return boxes.Node("NonMaxSuppression",
        [
            boxes.Value, scores.Value, limit.Value, boxes.Number(_limits.NmsIouThreshold).Value, boxes.Number(threshold).Value,
        ]);
    }

    /// <summary>1 where a candidate is among the selected, else 0; [N, C].</summary>
    static GraphTensor Selected(GraphTensor scores, GraphTensor selected)
    {
        var places = selected.Pick(1, 0, 2);
        var ones = selected.Pick(1, 0).Squeeze(1).Filled(1);
        return scores.Node("ScatterND", [scores.Filled(0).Value, places.Value, ones.Value]);
    }

    /// <summary>Places of the kept candidates: by class if they vote, then best first; [N, count].</summary>
    GraphTensor Order(Candidates candidates, GraphTensor kept, GraphTensor count, bool voting)
    {
        var size = candidates.Scores.Size(1);
        var rank = size.Range();                                                                        // [C]
        var key = voting ? candidates.Labels * size + rank : rank.Unsqueeze(0);
        return key.Where(kept > 0, size * options.Head.ClassCount).First(count, ascending: true).Places;
    }

    /// <summary>Moves each box to the mean of the candidates of its class around it, weighted by score and IoU.</summary>
    /// <remarks>Kim and Lee, ECCV 2020, section 3.3. Means are taken of differences: these are small, and so is their
    /// rounding.</remarks>
    static GraphTensor Vote(GraphTensor boxes, GraphTensor labels, Candidates voters)
    {
        var own = Edges(boxes, 2);                                                                      // [N, D, 1] each
        var their = Edges(voters.Boxes.Transpose(0, 2, 1), 1);                                          // [N, 1, C] each
        var shared = Length(0) * Length(1);
        var union = (Area(own) + Area(their) - shared).Max(Epsilon);
        var iou = shared / union;
        var votes = (iou > MinIou) & labels.Unsqueeze(2).EqualTo(voters.Labels.Unsqueeze(1)) & voters.IsPresent.Unsqueeze(1);
        var distance = 1f - iou;
        var weight = ((-(distance * distance)) / Temperature).Exp() * voters.Scores.Unsqueeze(1);
        weight = weight.Where(votes, weight.Number(0f));                                                // [N, D, C]
        var total = weight.Sum(2);
        total = total.Where(total > 0f, total.Number(1f)).Unsqueeze(2);
        GraphTensor[] moves = [.. own.Zip(their, (mine, other) => (weight * (other - mine)).Sum(2).Unsqueeze(2))];
        return boxes + GraphTensor.Concat(2, moves) / total;

        GraphTensor Length(int axis) =>
            (own[axis + 2].Min(their[axis + 2]) - own[axis].Max(their[axis])).Max(0f);

        static GraphTensor Area(GraphTensor[] edges) => (edges[2] - edges[0]) * (edges[3] - edges[1]);

        static GraphTensor[] Edges(GraphTensor boxes, int axis) =>
            [.. Enumerable.Range(0, 4).Select(edge => boxes.Pick(axis, edge))];
    }
}
