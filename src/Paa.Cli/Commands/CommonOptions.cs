using System.CommandLine;

namespace Paa.Cli.Commands;

/// <summary>Options that mean the same in every command.</summary>
static class CommonOptions
{
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

    /// <summary><c>--tta</c>.</summary>
    public static Option<bool> Tta() =>
        new("--tta") { Description = "Look at each image in the scales and flips of data.tta, and merge." };

    /// <summary><c>--engine onednn</c>.</summary>
    public static Option<string> Engine()
    {
        var engine = new Option<string>("--engine")
        {
            Description = "What computes the network; auto prefers onednn.",
            DefaultValueFactory = _ => "auto",
        };
        engine.AcceptOnlyFromAmong("auto", "onednn", "torch");
        return engine;
    }

    /// <summary><c>--precision f32</c>.</summary>
    public static Option<string> Precision()
    {
        var precision = new Option<string>("--precision")
        {
            Description = "Numbers of the network; auto takes int8 for a detector of 'paa quantize'.",
            DefaultValueFactory = _ => "auto",
        };
        precision.AcceptOnlyFromAmong("auto", "f32", "int8");
        return precision;
    }

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON." };
}
