using Paa.Configuration;
using Paa.Options;
using Paa.Tests.Training;

namespace Paa.Tests.Cli;

/// <summary>A detector that <c>paa train</c> trained for a few iterations, shared by the tests of a class.</summary>
public sealed class TrainedDetector : IDisposable
{
    readonly TinyRun _run = new();

    public TrainedDetector()
    {
        var config = _run.Config with
        {
            Evaluation = new EvaluationOptions { EpochInterval = 2 },
            Data = _run.Config.Data with { Classes = SquaresDataset.Classes },
        };
        ConfigFile = Path.Combine(Folder, "tiny.yaml");
        File.WriteAllText(ConfigFile, ConfigWriter.ToYaml(config));
        Training = Terminal.Run("train", ConfigFile, "--work-dir", WorkFolder);
    }

    public string Folder => Path.GetDirectoryName(_run["x"])!;

    public string ConfigFile { get; }

    public string WorkFolder => _run["work"];

    public string Checkpoint => Path.Combine(WorkFolder, "best.pth");

    public string Annotations => _run["train.json"];

    public string Images => _run["train"];

    internal Terminal Training { get; }

    public void Dispose() => _run.Dispose();
}
