using System.Diagnostics;
using Paa.Configuration;
using Paa.Options;
using Paa.Training;

namespace Paa.Tests.Training;

/// <summary><c>paa train --resume</c>, killed without warning (SIGKILL) again and again, ends as if nothing had
/// happened.</summary>
[Collection("Native")]
public sealed class KillTests : IDisposable
{
    readonly TinyRun _run = new();
    readonly string _configFile;

    public KillTests()
    {
        _run.Config = _run.Config with
        {
            Duration = new DurationOptions { MaxEpochs = 4 },
            Checkpoints = new CheckpointOptions { IterationInterval = 1, MaxKept = 2 },
            Evaluation = new EvaluationOptions { EpochInterval = 2 },
        };
        _configFile = _run["tiny.yaml"];
        File.WriteAllText(_configFile, ConfigWriter.ToYaml(_run.Config));
        using var trainer = new Trainer(_run.Config, _run.WorkFolder("straight"), "tiny");
        trainer.Train();
    }

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Train_KilledAtRandomMoments_EndsWithTheSameWeights()
    {
        var random = new Random(5);
        for (var kill = 0; kill < 3; kill++)
            Assert.True(StartAndKill("random", () => Thread.Sleep(random.Next(60))), "The run ended before it could be killed.");
        Finish("random");
        CheckpointComparison.AssertEqual(_run.WorkFolder("straight"), _run.WorkFolder("random"));
    }

    [Fact]
    public void Train_KilledWhileItWritesACheckpoint_EndsWithTheSameWeights()
    {
        var tornCount = 0;
        for (var start = 0; start < 8 && tornCount < 2; start++)
        {
            if (!StartAndKill("torn", () => SpinUntil(() => UnfinishedFiles("torn").Length > 0))) break;
            tornCount += UnfinishedFiles("torn").Length;
        }
        Assert.True(tornCount > 0, "No kill met a half-written checkpoint.");
        Finish("torn");
        CheckpointComparison.AssertEqual(_run.WorkFolder("straight"), _run.WorkFolder("torn"));
    }

    /// <summary>Starts the command, lets it write one more checkpoint, waits for a moment and kills it; false if it ended
    /// before.</summary>
    bool StartAndKill(string name, Action waitForMoment)
    {
        using var child = Start(name);
        var before = NewestCheckpoint(name);
        while (!child.HasExited && NewestCheckpoint(name) == before) Thread.Sleep(1);
        if (!child.HasExited) waitForMoment();
        child.Kill();
        child.WaitForExit();
        return child.ExitCode != 0;
    }

    void Finish(string name)
    {
        using var child = Start(name);
        var errors = child.StandardError.ReadToEndAsync();
        child.WaitForExit();
        Assert.True(child.ExitCode == 0, $"paa train ended with {child.ExitCode}: {errors.Result}");
    }

    Process Start(string name)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        var command = Path.Combine(AppContext.BaseDirectory, "Paa.Cli.dll");
        string[] arguments = ["exec", command, "train", _configFile, "--work-dir", _run.WorkFolder(name), "--resume"];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>Waits for a moment too short to sleep; gives up if it does not come.</summary>
    static void SpinUntil(Func<bool> moment)
    {
        var clock = Stopwatch.StartNew();
        while (!moment() && clock.Elapsed < TimeSpan.FromSeconds(5)) { }
    }

    string? NewestCheckpoint(string name) =>
        new FileInfo(Path.Combine(_run.WorkFolder(name), CheckpointStore.LatestName)).LinkTarget;

    string[] UnfinishedFiles(string name) => Directory.GetFiles(_run.WorkFolder(name), ".*_*.pth.tmp");
}
