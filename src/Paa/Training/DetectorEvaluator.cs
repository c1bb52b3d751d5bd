using Paa.Boxes;
using Paa.Configuration;
using Paa.Data;
using Paa.Evaluation;
using Paa.Inference;
using Paa.Models;

namespace Paa.Training;

/// <summary>Runs a detector over a data set and compares what it finds with the truth.</summary>
public sealed class DetectorEvaluator
{
    readonly CocoDataset _dataset;
    readonly BatchLoader _loader;
    readonly PostProcessor _postProcessor;
    readonly bool _isVoting;

    /// <summary>Prepares the images; nothing is read yet.</summary>
    /// <param name="dataset">Its classes are the detector's, in label order.</param>
    /// <param name="config">Preparation of the images and post-processing.</param>
    /// <param name="options">The data set's own options, such as the scale.</param>
    public DetectorEvaluator(CocoDataset dataset, PaaConfig config, DatasetOptions options)
    {
        _dataset = dataset;
        _loader = BatchLoader.ForEvaluation(dataset, config.Data, options);
        _isVoting = config.Model.BboxHead.ScoreVoting;
        _postProcessor = new PostProcessor(
            config.Model.TestCfg, config.Model.BboxHead.NumClasses, config.Model.TrainCfg.Profile);
    }

    /// <summary>Images of the data set.</summary>
    public int ImageCount => _dataset.Images.Count;

    /// <summary>Detects and measures.</summary>
    /// <param name="detector">Afterwards in evaluation mode. Borrowed.</param>
    /// <param name="progress">Hears after each image how many are done, and of how many.</param>
    /// <param name="stop">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <param name="engine">What computes the network.</param>
    /// <exception cref="DataException">Not one image can be read.</exception>
    public DetectorEvaluation Evaluate(PaaDetector detector, Action<int, int>? progress = null, CancellationToken stop = default,
        InferenceEngine engine = InferenceEngine.Auto)
    {
        detector.Eval();
        using var network = engine.Create(detector);
        var results = new List<CocoResult>();
        var done = 0;
        foreach (var batch in _loader.Epoch(epoch: 0, cancellation: stop))
        {
            using (batch) results.AddRange(Detect(network, detector.AnchorGenerator.Grid(batch.Size), batch));
            progress?.Invoke(done += batch.Images.Count, ImageCount);
        }
        CocoResult[] all = [.. results];
        return new DetectorEvaluation(all, CocoEvaluator.Evaluate(_dataset, all), _loader.Findings);
    }

    CocoResult[] Detect(IDetectorNetwork network, AnchorGrid grid, Batch batch)
    {
        var outputs = network.Infer(batch.Pixels, batch.Images.Count, batch.Size);
        return [.. batch.Images.SelectMany((image, i) => _postProcessor
            .Process(outputs[i], grid, image.ImageShape, image.ScaleFactor, _isVoting)
            .Select(detection => CocoResult.From(image.ImageId, _dataset.CategoryId(detection.Label), detection)))];
    }
}
