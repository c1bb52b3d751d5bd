using Paa.Configuration;
using Paa.Data;
using Paa.Options;

namespace Paa.Training.Recipes;

/// <summary>What a recipe is to be made for, beside the data.</summary>
public sealed record RecipeOptions
{
    /// <summary>The weights to begin with.</summary>
    public RecipeStart Start { get; init; } = RecipeStart.Default;

    /// <summary>Time for the training; null for as much as the data need.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary><c>cpu</c>, <c>cuda</c> or <c>cuda:INDEX</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Number of cores that train, if it is a CPU.</summary>
    public int Cores { get; init; } = Environment.ProcessorCount;
}

/// <summary>A configuration that was chosen for a data set, with the reason of each choice.</summary>
/// <param name="Config">The configuration; <c>paa train</c> and <see cref="Trainer"/> take it as it is.</param>
/// <param name="Reasons">Why values were chosen, by their keys from the root, such as <c>optimizer.lr</c>; the key of a group,
/// such as <c>model.backbone</c>, stands for all of it.</param>
/// <param name="Survey">The training set, as the recipe sees it.</param>
public sealed record Recipe(PaaConfig Config, IReadOnlyDictionary<string, string> Reasons, DataSurvey Survey)
{
    /// <summary>Chooses a configuration.</summary>
    /// <param name="data">The data sets; their files were written.</param>
    /// <param name="options">Start, time and machine.</param>
    /// <exception cref="DataException">The training set cannot be read.</exception>
    public static Recipe For(OwnData data, RecipeOptions? options = null) => For(
        CocoDataset.Load(data.Train, data.Classes), data.Train, data.Val, data.Test, options);

    /// <summary>Chooses a configuration for data sets in COCO format.</summary>
    /// <param name="training">The training set; its classes are those of the detector.</param>
    /// <param name="train">Its files.</param>
    /// <param name="val">Files of the evaluation during training.</param>
    /// <param name="test">Files of the evaluation of the result.</param>
    /// <param name="options">Start, time and machine.</param>
    public static Recipe For(
        CocoDataset training, DatasetOptions train, DatasetOptions val, DatasetOptions test, RecipeOptions? options = null) =>
        new RecipeBuilder(DataSurvey.Of(training), options ?? new RecipeOptions(), RecipeNumbers.Default)
            .Build(train, val, test, [.. training.Classes]);

    /// <summary>The configuration as YAML that <see cref="ConfigLoader"/> reads back to the same values: what differs from the
    /// defaults, and what has a reason, which stands above it.</summary>
    /// <param name="heading">Comment lines at the top.</param>
    public string ToYaml(params IEnumerable<string> heading) => RecipeText.Write(this, heading);
}
