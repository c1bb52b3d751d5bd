using Paa.Data;
using Paa.Options;
using Paa.Training.Distributed;

namespace Paa.Training;

/// <summary>The data sets of a run: training batches, and validation images if the configuration has any.</summary>
sealed class TrainingData
{
    readonly CocoDataset _train;
    readonly World _world;
    readonly HashSet<string> _reported = [];

    /// <exception cref="DataException">A data set cannot be used.</exception>
    /// <exception cref="TrainingException">The network has another number of classes.</exception>
    public TrainingData(PaaConfig config, World world)
    {
        _world = world;
        _train = CocoDataset.Load(config.Data.Train, config.Data.Classes);
        var classCount = config.Model.Head.ClassCount;
        if (_train.Classes.Count != classCount)
            throw new TrainingException(
                $"model.bbox_head.num_classes is {classCount}, but the training set has {_train.Classes.Count} classes: "
                + $"{string.Join(", ", _train.Classes.Take(10))}{(_train.Classes.Count > 10 ? ", ..." : "")}.");
        Loader = BatchLoader.ForTraining(_train, config, new Shard(world.Rank, world.Size));
        var train = config.Data.Train;
        ImageCount = _train.SelectTrainingImages(train.SkipEmptyImages, train.MinImageSide).Length;
        if (config.Evaluation.EpochInterval > 0 && config.Data.Val.AnnotationFiles.Length > 0)
            Evaluation = new SharedEvaluation(
                CocoDataset.Load(config.Data.Val, _train.Classes), config, config.Data.Val, world);
    }

    /// <summary>Class names in label order.</summary>
    public IReadOnlyList<string> Classes => _train.Classes;

    /// <summary>Number of training images.</summary>
    public int ImageCount { get; }

    /// <summary>Problems of the training set that were not reported before, one sentence each.</summary>
    public IEnumerable<string> NewFindings() =>
        (_world.IsMain ? _train.Findings : []).Concat(Loader.Findings)
        .Select(finding => $"Training set: {finding}.").Where(_reported.Add);

    /// <summary>Batches of the training set.</summary>
    public BatchLoader Loader { get; }

    /// <summary>The evaluation on the validation set; null if there is no such set or the configuration disables it.</summary>
    public SharedEvaluation? Evaluation { get; }
}
