using System.Diagnostics;

namespace Paa.Tests.Cli.Train;

[Collection("Native")]
public sealed class TrainCommandTests(TrainedDetector detector) : IClassFixture<TrainedDetector>, IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_WritesCheckpointsLogAndConfiguration()
    {
        Assert.Equal(0, detector.Training.ExitCode);
        Assert.All(["best.pth", "latest.pth", "epoch_2.pth", "train.log.json", "config.yaml"],
            name => Assert.True(File.Exists(Path.Combine(detector.WorkFolder, name)), name));
        Assert.Contains($"newest checkpoint: {Path.GetFullPath(detector.WorkFolder)}/epoch_2.pth\n", detector.Training.Output);
        Assert.Matches(@"best AP -?\d\.\d{3} in epoch 2: ", detector.Training.Output);
    }

    [Fact]
    public void Train_ShowsALineOfPlainTextAnEpochWhereThereIsNoTerminal()
    {
        var lines = detector.Training.Error.TrimEnd().Split('\n');
        Assert.StartsWith("8 images, 4 iterations an epoch, 2 epochs, ", lines[0]);
        const string Losses = @"loss \d\.\d{3} \(cls \d\.\d{3} bbox \d\.\d{3} iou \d\.\d{3}\)";
        Assert.Matches($@"^epoch 1/2 4/4  {Losses}  lr [0-9.]+  [0-9.]+ img/s  [0-9.]+ GB  ETA \d\d:\d\d:\d\d$", lines[1]);
        Assert.StartsWith("epoch 2/2 4/4  ", lines[2]);
        Assert.DoesNotContain('\e', detector.Training.Error);
        Assert.Contains(lines, line => line.StartsWith("epoch 2: AP ", StringComparison.Ordinal));
    }

    [Fact]
    public void Train_IntoAnEarlierRun_IsRefused() =>
        Terminal.Run("train", detector.ConfigFile, "--work-dir", detector.WorkFolder).AssertFails(2,
            $"paa train: {detector.WorkFolder} holds a run already: continue it with --resume, or choose another --work-dir.");

    [Fact]
    public void Resume_OfAFinishedRun_HasNothingToDo()
    {
        var run = Terminal.Run("train", detector.ConfigFile, "--work-dir", detector.WorkFolder, "--resume");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("epoch_2.pth", run.Output);
    }

    [Fact]
    public void Train_Stopped_WritesACheckpointAndSaysHowToContinue()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var run = Terminal.Run(stop.Token, "train", detector.ConfigFile, "--work-dir", _folder["work"]);
        Assert.Equal(130, run.ExitCode);
        Assert.EndsWith("paa train: stopped; the same command with --resume continues.\n", run.Error);
        run = Terminal.Run(
            "train", detector.ConfigFile, "--work-dir", _folder["work"], "--resume", "--set", "runner.max_iters=2");
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void Train_WithABudget_SavesItsPlan_WhichResumeKeeps()
    {
        string[] command = ["train", detector.ConfigFile, "--work-dir", _folder["work"], "--set", "runner.max_iters=4"];
        var run = Terminal.Run([.. command, "--budget", "20s"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Matches(@"^budget 20s: a step takes [0-9.]+ s, an evaluation [0-9.]+ s: 4 iterations \(1 epoch\), ", run.Error);
        var saved = File.ReadAllText(Path.Combine(_folder["work"], "config.yaml"));
        Assert.Matches(@"\n  max_epochs: 1 +# planned for the budget of 20s\n", saved);
        Assert.Contains("\n  budget: 20s\n  planned: true\n", saved);

        run = Terminal.Run([.. command, "--resume", "--budget", "1h"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("has a schedule for a budget of 20s, which stays: 4 iterations; only runner.max_iters ", run.Error);
        Assert.Equal(saved, File.ReadAllText(Path.Combine(_folder["work"], "config.yaml")));
    }

    [Theory]
    [InlineData(2, "--resume: the checkpoint 'none.pth' does not exist.", "--resume", "none.pth")]
    [InlineData(2, "command line: device: expected cpu, cuda or cuda:INDEX, got 'gpu'", "--device", "gpu")]
    [InlineData(2, "--budget: expected a time such as 90s, 15m, 1h30m or 1.5h, got '15'. See 'paa train --help'.", "--budget",
        "15")]
    [InlineData(2, "command line: runner.budget: expected 5s or more, got 1s", "--budget", "1s")]
    [InlineData(2, "--set runner.budget=soon: runner.budget: expected a time such as 90s, 15m, 1h30m or 1.5h, got 'soon'",
        "--set", "runner.budget=soon")]
    [InlineData(2, "command line: seed: expected 0 or more, got -1", "--seed", "-1")]
    [InlineData(2, "--set optimizer.lr=fast: optimizer.lr: expected a number, got 'fast'", "--set", "optimizer.lr=fast")]
    [InlineData(1, "none.json: no such annotation file; check ann_file.", "--set", "data.train.ann_file=none.json")]
    public void BadRequest_IsOneLine(int exitCode, string message, params string[] options) =>
        Terminal.Run(["train", detector.ConfigFile, "--work-dir", _folder["work"], .. options])
            .AssertFails(exitCode, $"paa train: {message}");

    [Fact]
    public void WrongNumberOfClasses_IsOneLineAndCode1()
    {
        var run = Terminal.Run("train", detector.ConfigFile, "--work-dir", _folder["work"],
            "--set", "model.bbox_head.num_classes=5", "data.classes=null");
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(
            "paa train: model.bbox_head.num_classes is 5, but the training set has 2 classes: red, green", run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    /// <summary>A limit on the size of files stands for a full disk: a write ends early in the same way.</summary>
    [SkippableFact]
    public void DiskFullWhileWritingACheckpoint_IsOneLineAndCode1()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs a shell with ulimit");
        var program = Path.Combine(AppContext.BaseDirectory, "Paa.Cli.dll");
        const string SmallFiles = "ulimit -f 100; exec dotnet \"$0\" train \"$1\" --work-dir \"$2\" --set runner.max_iters=1";
        var start = new ProcessStartInfo("bash", ["-c", SmallFiles, program, detector.ConfigFile, _folder["work"]])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";        // it would write a large file of its own
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        var last = error.TrimEnd().Split('\n')[^1];
        Assert.StartsWith("paa train: ", last);
        Assert.Contains("iter_1.pth", last);
        Assert.Empty(Directory.EnumerateFiles(_folder["work"], "*.pth"));
    }
}
