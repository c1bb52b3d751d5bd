using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Options;

namespace Paa.Cli.Data;

/// <summary>The arguments that name data sets: a configuration with its splits, or one annotation file.</summary>
sealed class DatasetSource
{
    readonly Argument<string?> _config = new("CONFIG")
    {
        Description = "YAML file of a run or Python file of MMDetection; its data sets are read.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    readonly Option<string?> _annotations = new("--ann")
    {
        Description = "One COCO annotation file instead of a configuration.",
        HelpName = "FILE",
    };

    readonly Option<string?> _images = new("--images") { Description = "Folder of the images of --ann.", HelpName = "DIR" };
    readonly Option<string?> _split = new("--split")
    {
        Description = "Only this data set of the configuration.",
        HelpName = "train|val|test",
    };

    readonly Option<string[]> _set = CommonOptions.Set();

    public DatasetSource() => _split.AcceptOnlyFromAmong(CommonOptions.Splits);

    /// <summary>Adds the arguments to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_config);
        foreach (var option in new Option[] { _annotations, _images, _split, _set }) command.Add(option);
    }

    /// <summary>
    /// The selected data sets with their names and configuration; a single file gets the default configuration.
    /// </summary>
    /// <exception cref="UsageException">Neither or both of configuration and annotation file are given.</exception>
    public IReadOnlyList<(string Name, DatasetOptions Options, string[]? Classes, PaaConfig Config)> Read(
        Shell shell, ParseResult arguments)
    {
        var file = arguments.GetValue(_annotations);
        var configFile = arguments.GetValue(_config);
        if (file is null == configFile is null) throw new UsageException("give either a configuration or --ann FILE.");
        if (file is not null)
        {
            var folder = arguments.GetValue(_images) ?? "";
            return [(file, new DatasetOptions { AnnotationFiles = [file], ImageFolders = [folder] }, null, new PaaConfig())];
        }

        var config = ConfigArgument.Load(shell, configFile!, arguments.GetRequiredValue(_set), ConfigUse.Look).Config;
        var wanted = arguments.GetValue(_split);
        return [.. CommonOptions.Splits.Select(name => (Name: name, Options: CommonOptions.Choose(config.Data, name)))
            .Where(set => wanted is null ? set.Options.AnnotationFiles.Length > 0 : set.Name == wanted)
            .Select(set => (set.Name, set.Options, config.Data.Classes, config))];
    }
}
