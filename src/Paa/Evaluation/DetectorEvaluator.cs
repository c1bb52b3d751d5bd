using Paa.Boxes;
using Paa.Data;
using Paa.Engines;
using Paa.Inference;
using Paa.Options;

namespace Paa.Evaluation;

/// <summary>What a detector found in a data set and how good that is.</summary>
/// <param name="Results">Every detection, images in order.</param>
/// <param name="Metrics">COCO's numbers.</param>
/// <param name="Findings">Images that could not be read; their objects count as missed.</param>
public sealed record DetectorEvaluation(CocoResult[] Results, CocoMetrics Metrics, IReadOnlyList<Finding> Findings);

/// <summary>Runs a network over a data set, or a part of it, and compares what it finds with the truth.</summary>
public sealed class DetectorEvaluator
{
    readonly AnchorGenerator _anchors;
    readonly BatchLoader _loader;
    readonly PostProcessor _postProcessor;
    readonly Shard _shard;
    readonly bool _isVoting;

    /// <summary>Prepares the images; nothing is read yet.</summary>
    /// <param name="dataset">Its classes are the detector's, in label order.</param>
    /// <param name="config">Preparation of the images and post-processing.</param>
    /// <param name="options">The data set's own options, such as the scale.</param>
    /// <param name="isAugmented">Look at every image in the ways of <c>data.tta</c>.</param>
    /// <param name="shard">Which images <see cref="Detect"/> visits; null: all.</param>
    public DetectorEvaluator(
        CocoDataset dataset, PaaConfig config, DatasetOptions options, bool isAugmented = false, Shard? shard = null)
    {
        (Dataset, _shard) = (dataset, shard ?? Shard.Whole);
        var model = config.Model;
        var views = ImageView.ForTesting(options, isAugmented ? config.Data.TestTimeAugmentation : null);
        _loader = BatchLoader.ForEvaluation(dataset, config.Data, options, views, _shard);
        _anchors = new AnchorGenerator(model.Head.Anchors);
        _postProcessor = new PostProcessor(model.PostProcessing, model.Head.ClassCount, model.Profile);
        _isVoting = model.Head.ScoreVoting;
    }

    /// <summary>The data set.</summary>
    public CocoDataset Dataset { get; }

    /// <summary>Detects and measures.</summary>
    /// <inheritdoc cref="Detect"/>
    public DetectorEvaluation Evaluate(
        IDetectorNetwork network, Action<int, int>? progress = null, CancellationToken stop = default) =>
        Measure([.. Detect(network, progress, stop)]);

    /// <summary>Finds the objects of the images of the shard.</summary>
    /// <param name="network">Ready to run. Borrowed.</param>
    /// <param name="progress">
    /// Called after each image with the number of images done, other shards taken to be as far, and the number of all.
    /// </param>
    /// <param name="stop">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="DataException">Not one image can be read.</exception>
    public List<CocoResult> Detect(IDetectorNetwork network, Action<int, int>? progress = null, CancellationToken stop = default)
    {
        var results = new List<CocoResult>();
        var (done, count) = (0, Dataset.Images.Count);
        foreach (var (imageId, views) in Predict(network, stop))
        {
            results.AddRange(_postProcessor.Process(views, _isVoting).Select(detection =>
                CocoResult.From(imageId, Dataset.CategoryId(detection.Label), detection)));
            progress?.Invoke(Math.Min(done += _shard.Count, count), count);
        }
        return results;
    }

    /// <summary>Compares results with the truth.</summary>
    /// <param name="results">Of the whole data set.</param>
    public DetectorEvaluation Measure(CocoResult[] results) =>
        new(results, CocoEvaluator.Evaluate(Dataset, results), _loader.Findings);

    /// <summary>Runs the network over all views of every image; those of one image follow one another.</summary>
    IEnumerable<(long ImageId, List<ViewOutput> Views)> Predict(IDetectorNetwork network, CancellationToken stop)
    {
        (long ImageId, List<ViewOutput> Views) current = (0, []);
        foreach (var batch in _loader.Epoch(epoch: 0, cancellation: stop))
            using (batch)
            {
                var image = batch.Images[0];
                if (current.Views.Count > 0 && current.ImageId != image.ImageId)
                {
                    yield return current;
                    current = (0, []);
                }
                current.ImageId = image.ImageId;
                current.Views.Add(new ViewOutput(
                    network.Infer(batch.Pixels, 1, batch.Size)[0], _anchors.Grid(batch.Size), image.Geometry));
            }
        if (current.Views.Count > 0) yield return current;
    }
}
