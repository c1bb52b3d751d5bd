using System.Globalization;
using System.Text;
using Paa.Configuration;
using Paa.Options;

namespace Paa.Training.Recipes;

/// <summary>A recipe as a YAML file that a person reads: each reason stands above what it explains.</summary>
static class RecipeText
{
    const int Width = 110;

    /// <summary>What a reader looks for, even if it is the default.</summary>
    static readonly string[] Always =
    [
        "model.backbone.depth", "model.backbone.base_channels", "model.backbone.frozen_stages", "model.backbone.norm_eval",
        "model.backbone.pretrained", "model.neck.out_channels", "model.neck.num_outs", "model.bbox_head.num_classes",
        "model.bbox_head.stacked_convs", "model.bbox_head.feat_channels", "model.bbox_head.anchor_generator.octave_base_scale",
        "model.bbox_head.anchor_generator.strides", "data.samples_per_gpu", "optimizer.type", "optimizer.lr",
        "data.train.flip_ratio",
    ];

    public static string Write(Recipe recipe, IEnumerable<string> heading)
    {
        var written = WrittenKeys(recipe);
        var yaml = ConfigWriter.ToYaml(recipe.Config, written.Contains, _ => null);
        var text = new StringBuilder();
        foreach (var line in heading.Concat(Counts(recipe.Survey))) text.Append($"# {Plain(line)}".TrimEnd()).Append('\n');
        var open = new List<string>();
        foreach (var line in yaml.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var indent = line.Length - line.TrimStart().Length;
            open.RemoveRange(indent / 2, open.Count - indent / 2);
            open.Add(line.TrimStart().Split(':')[0].Trim('"'));
            if (recipe.Reasons.TryGetValue(string.Join('.', open), out var reason))
                foreach (var part in Wrap(reason, Width - indent)) text.Append(' ', indent).Append($"# {part}\n");
            text.Append(line).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Keys of values that differ from the defaults or have a reason.</summary>
    static HashSet<string> WrittenKeys(Recipe recipe)
    {
        var values = ConfigWriter.Values(recipe.Config);
        var usual = ConfigWriter.Values(new PaaConfig());
        var filled = ConfigWriter.Values(WithRecordsOf(recipe.Config));
        var written = values.Where(entry => !filled.TryGetValue(entry.Key, out var value) || value != entry.Value
            || recipe.Reasons.ContainsKey(entry.Key) || Always.Contains(entry.Key)).Select(entry => entry.Key).ToHashSet();
        if (recipe.Config.Duration.Budget is null) written.UnionWith(["runner.max_epochs", "evaluation.interval"]);
        // A record that is absent by default exists by one of its keys.
        foreach (var record in usual.Keys.Where(key => usual[key] == "null" && !values.ContainsKey(key)))
        {
            var own = values.Keys.Where(key => key.StartsWith($"{record}.", StringComparison.Ordinal)).ToList();
            if (!own.Exists(written.Contains)) written.Add(own[0]);
        }
        return written;
    }

    /// <summary>The defaults, with those optional records that a configuration has.</summary>
    static PaaConfig WithRecordsOf(PaaConfig config)
    {
        var (usual, train) = (new PaaConfig(), config.Data.Train);
        return usual with
        {
            WeightAverage = config.WeightAverage is null ? null : new(),
            Gradients = usual.Gradients with { Clipping = config.Gradients.Clipping is null ? null : new() },
            Optimizer = usual.Optimizer with { Parameterwise = config.Optimizer.Parameterwise is null ? null : new() },
            Data = usual.Data with
            {
                Train = usual.Data.Train with
                {
                    ClassBalanced = train.ClassBalanced is null ? null : new(),
                    Mosaic = train.Mosaic is null ? null : new(),
                    ColorDistortion = train.ColorDistortion is null ? null : new(),
                    MinIouRandomCrop = train.MinIouRandomCrop is null ? null : new(),
                },
            },
        };
    }

    /// <summary>A table of the classes.</summary>
    static IEnumerable<string> Counts(DataSurvey survey)
    {
        const int MostClasses = 100;
        var width = Math.Min(40, survey.Classes.Max(one => one.Name.Length));
        yield return "";
        yield return $"{"class".PadRight(width)}  {"boxes",8}  {"images",8}  median side, of the image's longer one";
        foreach (var one in survey.Classes.Take(MostClasses))
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{Plain(one.Name).PadRight(width)}  {one.Boxes,8}  {one.Images,8}  {100 * one.MedianSide:0.#} %");
        if (survey.Classes.Count > MostClasses) yield return $"... {survey.Classes.Count} in all";
    }

    /// <summary>Breaks a text into lines; letters that end a line in YAML become question marks.</summary>
    internal static IEnumerable<string> Wrap(string text, int width)
    {
        var line = new StringBuilder();
        foreach (var word in Plain(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }
            line.Append(line.Length > 0 ? " " : "").Append(word);
        }
        if (line.Length > 0) yield return line.ToString();
    }

    static string Plain(string text) =>
        string.Concat(text.Select(letter => char.IsControl(letter) || letter is '\u2028' or '\u2029' or '\uFEFF' ? '?' : letter));
}
