using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Paa.Options;

namespace Paa.Cli.Shared;

/// <summary>Options that mean the same in every command.</summary>
static class CommonOptions
{
    /// <summary>Names of the data sets of a configuration.</summary>
    public static string[] Splits { get; } = ["train", "val", "test"];

    /// <summary>The data set with a name of <see cref="Splits"/>; it may have no files.</summary>
    public static DatasetOptions Choose(DataOptions data, string split) =>
        split switch { "train" => data.Train, "val" => data.Val, _ => data.Test };

    /// <summary>The option <c>--set key=value ...</c>.</summary>
    public static Option<string[]> Set() => new("--set")
    {
        Description = "Change values of the configuration.",
        HelpName = "KEY=VALUE",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    /// <summary>The option <c>--device cpu</c>.</summary>
    public static Option<string?> Device() => new("--device") { Description = "cpu, cuda or cuda:INDEX.", HelpName = "DEVICE" };

    /// <summary>The option <c>--threads 4</c>.</summary>
    public static Option<int?> Threads()
    {
        var threads = new Option<int?>("--threads")
        {
            Description = "Number of compute threads; 0 for all cores.",
            HelpName = "N",
        };
        threads.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is not (null or (>= 0 and <= PaaConfig.MaxThreads)))
                result.AddError($"--threads: expected 0 to {PaaConfig.MaxThreads}, got {result.Tokens[0].Value}.");
        });
        return threads;
    }

    /// <summary>Reads the numbers of an option the same way in every country: a point before the fraction, nothing between
    /// thousands.</summary>
    public static double Number(ArgumentResult result) => Numbers(result) is [var number] ? number : double.NaN;

    /// <inheritdoc cref="Number(ArgumentResult)"/>
    public static double[] Numbers(ArgumentResult result)
    {
        var numbers = new double[result.Tokens.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!double.TryParse(result.Tokens[i].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]))
                result.AddError($"{NameOf(result)}: expected a number such as 0.5, got '{result.Tokens[i].Value}'.");
        }
        return numbers;
    }

    static string NameOf(ArgumentResult result) =>
        result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;

    /// <summary>The option <c>--split val</c>, which selects a data set of a configuration.</summary>
    /// <param name="name">The default.</param>
    /// <param name="description">Its help text.</param>
    public static Option<string> Split(string name, string description = "Data set of the configuration.")
    {
        var split = new Option<string>("--split") { Description = description, DefaultValueFactory = _ => name };
        split.AcceptOnlyFromAmong(Splits);
        return split;
    }

    /// <summary>Checks the lower limit of an option's value.</summary>
    /// <exception cref="UsageException">The value is below the limit.</exception>
    public static int AtLeast(int least, string option, int value) =>
        value >= least ? value : throw new UsageException($"{option}: expected at least {least}, got {value}.");

    /// <summary>The option <c>--strict</c>.</summary>
    public static Option<bool> Strict() =>
        new("--strict") { Description = "Fail where a configuration asks for what is not done here." };

    /// <summary>The option <c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON." };
}
