using System.Runtime.InteropServices;
using Paa.Data;
using Paa.Engines;
using Paa.Evaluation;
using Paa.Options;

namespace Paa.Training.Distributed;

/// <summary>
/// An evaluation whose images are shared by several processes; each of them gets the metrics of the whole data set.
/// </summary>
/// <param name="dataset">The ground truth. Its classes are those of the detector, in label order.</param>
/// <param name="config">Options of image preparation and post-processing.</param>
/// <param name="options">The data set's own options, such as the scale.</param>
/// <param name="world">The processes; all call <see cref="Evaluate"/>. Borrowed.</param>
/// <param name="isAugmented">Whether to use the scales and flips of <c>data.tta</c> on every image.</param>
public sealed class SharedEvaluation(
    CocoDataset dataset, PaaConfig config, DatasetOptions options, World world, bool isAugmented = false)
{
    readonly DetectorEvaluator _evaluator = new(dataset, config, options, isAugmented, new Shard(world.Rank, world.Size));

    /// <summary>Detects in this process's part of the images, and computes the metrics from the results of all.</summary>
    /// <param name="network">A network in inference mode. Borrowed.</param>
    /// <param name="progress">
    /// Called after each image with the number of images done and the total; other processes are assumed to be equally far.
    /// </param>
    /// <param name="stop">Ends the evaluation on all processes with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="DataException">No image at all can be read.</exception>
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
            // The other processes wait for this part; they learn of the cancellation when the results are merged.
        }
        return _evaluator.Measure(Merge(own));
    }

    /// <summary>Merges the results of all processes into the order of a single process.</summary>
    /// <param name="own">The results of this process; null if it was asked to stop.</param>
    CocoResult[] Merge(List<CocoResult>? own)
    {
        if (world.Sum(own is null ? 1 : 0)[0] > 0) throw new OperationCanceledException();
        return [.. world.Gather(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(own)))
            .SelectMany(part => MemoryMarshal.Cast<byte, CocoResult>(part).ToArray())
            .OrderBy(result => dataset.ImageIndex(result.ImageId))];        // stable: results of one image keep their order
    }
}
