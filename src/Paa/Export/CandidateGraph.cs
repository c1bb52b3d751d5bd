using Paa.Boxes;
using Paa.Models;
using Paa.Onnx;
using Paa.Options;

namespace Paa.Export;

/// <summary>Where each image lies in the network's input, and how large it was before it was resized.</summary>
/// <param name="Limits">Width, height, width, height in the input, [N or 1, 1, 4] floats.</param>
/// <param name="Scales">Factors from the original to the input, in the same order and shape.</param>
sealed record ImageFrame(GraphTensor Limits, GraphTensor Scales)
{
    /// <summary>The frame of images from sizes.</summary>
    /// <param name="resized">Height and width in the input, 64-bit integers [N or 1, 2].</param>
    /// <param name="original">Height and width before, likewise.</param>
    public static ImageFrame Of(GraphTensor resized, GraphTensor original)
    {
        var limits = Edges(resized);
        return new ImageFrame(limits, limits / Edges(original));

        static GraphTensor Edges(GraphTensor sizes) => sizes.As(OnnxType.Float32).Pick(1, 1, 0, 1, 0).Unsqueeze(1);
    }

    /// <summary>Boxes of the input in pixels of the original image: clipped to the image, divided by the factors.</summary>
    public GraphTensor ToOriginal(GraphTensor boxes) => boxes.Min(Limits).Max(0) / Scales;
}

/// <summary>Boxes with a score for each class.</summary>
/// <param name="Boxes">[N, M, 4] in pixels of the original image.</param>
/// <param name="Scores">[N, M, K]: sqrt(class score * IoU score).</param>
sealed record ScoredAnchors(GraphTensor Boxes, GraphTensor Scores);

/// <summary>Pairs of a box and a class whose score passes the threshold, best first. Images with fewer are filled up.</summary>
/// <param name="Boxes">[N, C, 4] in pixels of the original image.</param>
/// <param name="Scores">[N, C].</param>
/// <param name="Labels">[N, C], 64-bit integers.</param>
/// <param name="IsPresent">[N, C]: false for what fills up.</param>
sealed record Candidates(GraphTensor Boxes, GraphTensor Scores, GraphTensor Labels, GraphTensor IsPresent);

/// <summary>Selection and decoding as nodes: the graph of <c>AnchorSelector</c>, <c>PairSelector</c> and <see cref="BoxCoder"/>,
/// which are its oracles.</summary>
/// <param name="options">Classes, anchors, thresholds and profile.</param>
sealed class CandidateGraph(ModelOptions options)
{
    readonly PostProcessingOptions _limits = options.PostProcessing;
    readonly int _classCount = options.Head.ClassCount;

    /// <summary>MMDetection's selection: on each level the anchors of highest peak score, with the scores of all
    /// classes.</summary>
    /// <param name="outputs">What the head says.</param>
    /// <param name="frame">Of the images.</param>
    public ScoredAnchors SelectAnchors(HeadOutputs<GraphTensor> outputs, ImageFrame frame)
    {
        GraphTensor[] boxes = new GraphTensor[outputs.ClassLogits.Length], scores = new GraphTensor[boxes.Length];
        for (var i = 0; i < boxes.Length; i++)
        {
            var level = Level.Of(outputs, i, _classCount);
            var places = AnchorsToKeep(level);
            var ious = level.IouScores.AtEach(1, places).Unsqueeze(1);                              // [N, 1, k]
            scores[i] = Joint(level.ClassesAt(places, _classCount), ious).Transpose(0, 2, 1);       // [N, k, K]
            boxes[i] = Decode(level, places, i);
        }
        return new ScoredAnchors(frame.ToOriginal(GraphTensor.Concat(1, boxes)), GraphTensor.Concat(1, scores));
    }

    /// <summary>The pairs of anchor and class that pass, of all levels.</summary>
    public Candidates SelectCandidates(HeadOutputs<GraphTensor> outputs, ImageFrame frame) =>
        options.Profile == SemanticsProfile.Original ? SelectPairs(outputs, frame) : Passing(SelectAnchors(outputs, frame));

    /// <summary>All if there are not more than allowed, in their order; else the best.</summary>
    GraphTensor AnchorsToKeep(Level level)
    {
        var count = level.AnchorCount;
        if (_limits.PreNmsTopK <= 0) return level.IouScores.Filled(1).CumulativeSum(1) + -1;
        var most = count.Row<long>(_limits.PreNmsTopK);
        // Scores of 0 are equal, and equal ones keep their order.
        var scores = Joint(level.ClassLogits.Largest(1).Squeeze(1), level.IouScores);
        return scores.Where(count > most, scores.Number(0f)).First(count.Min(most)).Places;
    }

    Candidates Passing(ScoredAnchors anchors)
    {
        var scores = anchors.Scores.Reshape(0, -1);                                                 // [N, M * K]
        var (best, places) = scores.First(MostPassing(scores));
        var boxes = places / _classCount;
        return new Candidates(
            Rows(anchors.Boxes, boxes), best, places - boxes * _classCount, best > _limits.ScoreThreshold);
    }

    /// <summary>The authors' selection: pairs whose class score alone passes, on each level those of highest joint
    /// score.</summary>
    Candidates SelectPairs(HeadOutputs<GraphTensor> outputs, ImageFrame frame)
    {
        var count = outputs.ClassLogits.Length;
        GraphTensor[] boxes = new GraphTensor[count], scores = new GraphTensor[count], labels = new GraphTensor[count];
        for (var i = 0; i < count; i++)
        {
            var level = Level.Of(outputs, i, _classCount);
            var joint = Joint(level.ClassLogits, level.IouScores.Unsqueeze(1));
            var passing = joint.Where(level.ClassLogits.Sigmoid() > _limits.ScoreThreshold, joint.Number(-1f));
            var pairs = passing.Transpose(0, 2, 1).Reshape(0, -1);                                  // [N, H * W * K]
            var size = pairs.Size(1);
            if (_limits.PreNmsTopK > 0) size = size.Min(size.Row<long>(_limits.PreNmsTopK));
            (scores[i], var places) = pairs.First(size);
            var anchors = places / _classCount;
            labels[i] = places - anchors * _classCount;
            boxes[i] = Decode(level, anchors, i);
        }
        var all = GraphTensor.Concat(1, scores);
        var (best, order) = all.First(MostAbove(all, 0));
        return new Candidates(Rows(frame.ToOriginal(GraphTensor.Concat(1, boxes)), order), best,
            GraphTensor.Concat(1, labels).AtEach(1, order), best >= best.Number(0f));
    }

    GraphTensor MostPassing(GraphTensor scores) => MostOf(scores > _limits.ScoreThreshold);

    static GraphTensor MostAbove(GraphTensor scores, float least) => MostOf(scores >= scores.Number(least));

    /// <summary>The largest number of true values in a row of [N, any], at least 1 so that nothing is empty; [1].</summary>
    static GraphTensor MostOf(GraphTensor flags)
    {
        var most = flags.As(OnnxType.Int64).Sum(1).Largest(0);
        return most.Max(most.Row(1L));
    }

    /// <summary>Decodes the boxes of some anchors, in pixels of the input.</summary>
    /// <returns>[N, k, 4].</returns>
    GraphTensor Decode(Level level, GraphTensor places, int index)
    {
        var stride = options.Head.Anchors.Strides[index];
        var side = (float)(options.Head.Anchors.Scale * stride);
        var row = places / level.Width;
        var column = places - row * level.Width;
        var middle = GraphTensor.Concat(2, column.Unsqueeze(2), row.Unsqueeze(2)).As(OnnxType.Float32) * (float)stride;
        var deltas = level.DeltasAt(places).Transpose(0, 2, 1);                                     // [N, k, 4]
        middle += deltas.Pick(2, 0, 1) * BoxCoder.CenterDeviation * side;
        var ratio = (deltas.Pick(2, 2, 3) * BoxCoder.SizeDeviation).Max(-BoxCoder.MaxLogRatio).Min(BoxCoder.MaxLogRatio).Exp();
        var half = ratio * side * 0.5f;
        return GraphTensor.Concat(2, middle - half, middle + half);
    }

    /// <summary>Rows of [N, M, 4], other ones for each image.</summary>
    /// <param name="boxes">The rows.</param>
    /// <param name="places">[N, k].</param>
    internal static GraphTensor Rows(GraphTensor boxes, GraphTensor places) =>
        boxes.AtEach(1, places.Unsqueeze(2).Expand(1, 1, 4));

    static GraphTensor Joint(GraphTensor classLogits, GraphTensor iouScores) => (classLogits.Sigmoid() * iouScores).Sqrt();

    /// <summary>A level with its positions in one axis.</summary>
    /// <param name="ClassLogits">[N, K, H * W].</param>
    /// <param name="Deltas">[N, 4, H * W].</param>
    /// <param name="IouScores">[N, H * W].</param>
    /// <param name="Width">W, [1].</param>
    sealed record Level(GraphTensor ClassLogits, GraphTensor Deltas, GraphTensor IouScores, GraphTensor Width)
    {
        public static Level Of(HeadOutputs<GraphTensor> outputs, int index, int classCount) => new(
            outputs.ClassLogits[index].Reshape(0, classCount, -1), outputs.BoxDeltas[index].Reshape(0, 4, -1),
            outputs.IouLogits[index].Reshape(0, -1).Sigmoid(), outputs.IouLogits[index].Size(3));

        /// <summary>H * W, [1].</summary>
        public GraphTensor AnchorCount => IouScores.Size(1);

        public GraphTensor ClassesAt(GraphTensor places, int classCount) =>
            ClassLogits.AtEach(2, places.Unsqueeze(1).Expand(1, classCount, 1));

        public GraphTensor DeltasAt(GraphTensor places) => Deltas.AtEach(2, places.Unsqueeze(1).Expand(1, 4, 1));
    }
}
