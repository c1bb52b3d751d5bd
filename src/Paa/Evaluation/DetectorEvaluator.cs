using Paa.Boxes;
using Paa.Data;
using Paa.Engines;
using Paa.Inference;
using Paa.Options;

namespace Paa.Evaluation;

/// <summary>The detections in a data set and their metrics.</summary>
/// <param name="Results">Every detection, images in order.</param>
/// <param name="Metrics">COCO's figures.</param>
/// <param name="Findings">Images that could not be read; their objects count as missed.</param>
public sealed record DetectorEvaluation(CocoResult[] Results, CocoMetrics Metrics, IReadOnlyList<Finding> Findings);

/// <summary>Runs a network over a data set, or a part of it, and compares its detections with the ground truth.</summary>
public sealed class DetectorEvaluator
{
    readonly AnchorGenerator _anchors;
    readonly BatchLoader _loader;
    readonly PostProcessor _postProcessor;
    readonly Shard _shard;
    readonly bool _isVoting;
    readonly int[] _limits;

    /// <summary>Prepares the evaluation; no image is read yet.</summary>
    /// <param name="dataset">The ground truth. Its classes are those of the detector, in label order.</param>
    /// <param name="config">Options of image preparation and post-processing.</param>
    /// <param name="options">The data set's own options, such as the scale.</param>
    /// <param name="isAugmented">Whether to use the scales and flips of <c>data.tta</c> on every image.</param>
    /// <param name="shard">The images that <see cref="Detect"/> visits; null for all.</param>
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
        _limits = CocoParameters.Limits(config);
    }

    /// <summary>The data set.</summary>
    public CocoDataset Dataset { get; }

    /// <summary>Runs the detector and computes the metrics.</summary>
    /// <inheritdoc cref="Detect"/>
    public DetectorEvaluation Evaluate(
        IDetectorNetwork network, Action<int, int>? progress = null, CancellationToken stop = default) =>
        Measure([.. Detect(network, progress, stop)]);

    /// <summary>Detects the objects in the images of the shard.</summary>
    /// <param name="network">A network in inference mode. Borrowed.</param>
    /// <param name="progress">
    /// Called after each image with the number of images done and the total; other shards are assumed to be equally far.
    /// </param>
    /// <param name="stop">Ends the run with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="DataException">No image at all can be read.</exception>
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

    /// <summary>Computes the metrics of results.</summary>
    /// <param name="results">Results of the whole data set.</param>
    public DetectorEvaluation Measure(CocoResult[] results) =>
        new(results, CocoEvaluator.Evaluate(Dataset, results, limits: _limits), _loader.Findings);

    /// <summary>Runs the network over all views of every image; the views of one image come together.</summary>
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
