using System.CommandLine;
using Paa.Options;

namespace Paa.Cli.Shared;

/// <summary>Options that mean the same in every command.</summary>
static class CommonOptions
{
    /// <summary>Names of the data sets of a configuration.</summary>
    public static string[] Splits { get; } = ["train", "val", "test"];

    /// <summary>A data set of a configuration by its name in <see cref="Splits"/>; it may name no files.</summary>
    public static DatasetOptions Choose(DataOptions data, string split) =>
        split switch { "train" => data.Train, "val" => data.Val, _ => data.Test };

    /// <summary><c>--set key=value ...</c>.</summary>
    public static Option<string[]> Set() => new("--set")
    {
        Description = "Change values of the configuration.",
        HelpName = "KEY=VALUE",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    /// <summary><c>--device cpu</c>.</summary>
    public static Option<string?> Device() => new("--device") { Description = "cpu, cuda or cuda:INDEX.", HelpName = "DEVICE" };

    /// <summary><c>--threads 4</c>.</summary>
    public static Option<int?> Threads() =>
        new("--threads") { Description = "Threads that compute; 0 for all cores.", HelpName = "N" };

    /// <summary><c>--split val</c>: one of the data sets of a configuration.</summary>
    /// <param name="name">The one that is meant without the option.</param>
    /// <param name="description">What is done with it.</param>
    public static Option<string> Split(string name, string description = "Data set of the configuration.")
    {
        var split = new Option<string>("--split") { Description = description, DefaultValueFactory = _ => name };
        split.AcceptOnlyFromAmong(Splits);
        return split;
    }

    /// <summary>The value of an option that has a lower limit.</summary>
    /// <exception cref="UsageException">It is below.</exception>
    public static int AtLeast(int least, string option, int value) =>
        value >= least ? value : throw new UsageException($"{option}: expected at least {least}, got {value}.");

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON." };
}
