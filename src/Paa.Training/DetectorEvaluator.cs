using System.Runtime.InteropServices;
using Paa.Boxes;
using Paa.Configuration;
using Paa.Data;
using Paa.Engines;
using Paa.Evaluation;
using Paa.Inference;
using Paa.Models;
using Paa.Options;
using Paa.Training.Distributed;

namespace Paa.Training;

/// <summary>Runs a detector over a data set and compares what it finds with the truth.</summary>
public sealed class DetectorEvaluator
{
    readonly CocoDataset _dataset;
    readonly Augmentation[] _views;
    readonly BatchLoader _loader;
    readonly PostProcessor _postProcessor;
    readonly bool _isVoting;
    readonly World _world;

    /// <summary>Prepares the images; nothing is read yet.</summary>
    /// <param name="dataset">Its classes are the detector's, in label order.</param>
    /// <param name="config">Preparation of the images and post-processing.</param>
    /// <param name="options">The data set's own options, such as the scale.</param>
    /// <param name="isAugmented">Look at every image in the ways of <c>data.tta</c>.</param>
    /// <param name="world">Processes that share the images; all call <see cref="Evaluate"/> and get the same. Null: this one alone.</param>
    public DetectorEvaluator(
        CocoDataset dataset, PaaConfig config, DatasetOptions options, bool isAugmented = false, World? world = null)
    {
        _world = world ?? World.Single;
        _dataset = dataset;
        _views = isAugmented ? TestViews.Augmented(config.Data.TestTimeAugmentation, options) : TestViews.Single(options);
        _loader = BatchLoader.ForEvaluation(dataset, config.Data, options, _views, new Shard(_world.Rank, _world.Size));
        _isVoting = config.Model.Head.ScoreVoting;
        _postProcessor = new PostProcessor(
            config.Model.PostProcessing, config.Model.Head.ClassCount, config.Model.Profile);
    }

    /// <summary>Images of the data set.</summary>
    public int ImageCount => _dataset.Images.Count;

    /// <summary>Detects and measures.</summary>
    /// <param name="network">What computes. Borrowed.</param>
    /// <param name="anchors">Of the detector.</param>
    /// <param name="progress">Hears after each image how many are done, and of how many.</param>
    /// <param name="stop">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="DataException">Not one image can be read.</exception>
    public DetectorEvaluation Evaluate(
        IDetectorNetwork network, AnchorGenerator anchors, Action<int, int>? progress = null, CancellationToken stop = default)
    {
        var results = new List<CocoResult>();
        var isStopped = false;
        try
        {
            var done = 0;
            foreach (var (imageId, views) in Look(anchors, network, stop))
            {
                results.AddRange(_postProcessor.Process(views, _isVoting).Select(detection =>
                    CocoResult.From(imageId, _dataset.CategoryId(detection.Label), detection)));
                progress?.Invoke(Math.Min(done += _world.Size, ImageCount), ImageCount);
            }
        }
        catch (OperationCanceledException) when (!_world.IsSingle)
        {
            isStopped = true;               // the others wait for this part
        }
        var all = Merge(results, isStopped);
        return new DetectorEvaluation(all, CocoEvaluator.Evaluate(_dataset, all), _loader.Findings);
    }

    /// <summary>The results of all processes, in the order in which one process finds them.</summary>
    /// <exception cref="OperationCanceledException">A process was asked to stop.</exception>
    CocoResult[] Merge(List<CocoResult> own, bool isStopped)
    {
        if (_world.IsSingle) return [.. own];
        if (_world.Sum(isStopped ? 1 : 0)[0] > 0) throw new OperationCanceledException();
        var place = new Dictionary<long, int>(ImageCount);
        for (var i = 0; i < ImageCount; i++) place.Add(_dataset.Images[i].Id, i);
        return [.. _world.Gather(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(own)))
            .SelectMany(part => MemoryMarshal.Cast<byte, CocoResult>(part).ToArray())
            .OrderBy(result => place[result.ImageId])];         // stable: those of one image keep their order
    }

    /// <summary>Runs the network over all views of every image; those of one image follow one another.</summary>
    IEnumerable<(long ImageId, List<ViewOutput> Views)> Look(
        AnchorGenerator anchors, IDetectorNetwork network, CancellationToken stop)
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
                current.Views.Add(new ViewOutput(network.Infer(batch.Pixels, 1, batch.Size)[0],
                    anchors.Grid(batch.Size), image.Geometry));
            }
        if (current.Views.Count > 0) yield return current;
    }
}
