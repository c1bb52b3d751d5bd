using System.Runtime.InteropServices;
using Paa.Data;
using Paa.Engines;
using Paa.Evaluation;
using Paa.Options;

namespace Paa.Training.Distributed;

/// <summary>
/// An evaluation whose images are shared by several processes; all of them get the metrics of the whole data set.
/// </summary>
/// <param name="dataset">Its classes are the detector's, in label order.</param>
/// <param name="config">Preparation of the images and post-processing.</param>
/// <param name="options">The data set's own options, such as the scale.</param>
/// <param name="world">The processes; all call <see cref="Evaluate"/>. Borrowed.</param>
/// <param name="isAugmented">Look at every image in the ways of <c>data.tta</c>.</param>
public sealed class SharedEvaluation(
    CocoDataset dataset, PaaConfig config, DatasetOptions options, World world, bool isAugmented = false)
{
    readonly DetectorEvaluator _evaluator = new(dataset, config, options, isAugmented, new Shard(world.Rank, world.Size));

    /// <summary>Detects on this process's part of the images, and measures on the results of all.</summary>
    /// <param name="network">Ready to run. Borrowed.</param>
    /// <param name="progress">
    /// Called after each image with the number of images done, other processes taken to be as far, and the number of all.
    /// </param>
    /// <param name="stop">Ends it on all processes with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="DataException">Not one image can be read.</exception>
    public DetectorEvaluation Evaluate(
        IDetectorNetwork network, Action<int, int>? progress = null, CancellationToken stop = default)
    {
        if (world.IsSingle) return _evaluator.Evaluate(network, progress, stop);
        List<CocoResult>? own = null;
        try
        {
            own = _evaluator.Detect(network, progress, stop);
        }
        catch (OperationCanceledException)
        {
            // The other processes wait for this part: they hear of it when the results are merged.
        }
        return _evaluator.Measure(Merge(own));
    }

    /// <summary>The results of all processes, in the order in which one process finds them.</summary>
    /// <param name="own">Null if this process was asked to stop.</param>
    CocoResult[] Merge(List<CocoResult>? own)
    {
        if (world.Sum(own is null ? 1 : 0)[0] > 0) throw new OperationCanceledException();
        return [.. world.Gather(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(own)))
            .SelectMany(part => MemoryMarshal.Cast<byte, CocoResult>(part).ToArray())
            .OrderBy(result => dataset.ImageIndex(result.ImageId))];        // stable: those of one image keep their order
    }
}
