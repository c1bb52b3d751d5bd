using System.Diagnostics;
using Paa.Options;

namespace Paa.Tests.Training.Distributed;

/// <summary>A process of several dies, hangs or fails: the job ends soon, with one message, and goes on with --resume.</summary>
[Collection("Native")]
[Trait("Category", "Distributed")]
public sealed class FaultTests : IDisposable
{
    const string CountVariable = "PAA_KILL_TESTS";       // 20 for all that the specification asks for
    const int Timeout = 5;

    readonly DistributedRun _run = new();

    public FaultTests() => _run.Config = _run.Config with
    {
        Data = _run.Config.Data with { Train = _run.Config.Data.Train with { FlipProbability = [0.5] } },
        Checkpoints = new CheckpointOptions { IterationInterval = 1, MaxKept = 2 },
    };

    public void Dispose() => _run.Dispose();

    [Fact]
    public void KillingARank_EndsTheJobAndResumingIsExact()
    {
        Assert.Equal(0, PaaProcess.Run(Command("straight")).ExitCode);
        var kills = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), out var count) ? count : 2;
        var random = new Random(11);
        var killed = 0;
        for (var attempt = 0; attempt < kills; attempt++)
        {
            using var job = PaaProcess.Start(Command("killed", "--resume"));
            var rank = random.Next(2);
            if (attempt % 4 == 3) Thread.Sleep(random.Next(3000));              // at any moment, also before the first step
            else job.WaitFor("lr ");
            Thread.Sleep(random.Next(300));
            if (job.HasExited || TryFind(job, rank) is not { } victim) continue;
            var clock = Stopwatch.StartNew();
            PaaProcess.Signal(victim, "KILL");
            var (exitCode, _, error) = job.Wait();
            if (exitCode == 0) continue;                                        // it had finished
            killed++;
            Assert.Equal(137, exitCode);
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, Timeout + 10);
            Assert.Contains($"rank {rank} on {Environment.MachineName}: was ended by signal 9",
                Assert.Single(PaaProcess.Messages(error)));
        }
        Assert.True(killed > 0, "No kill met a running job.");
        var last = PaaProcess.Run(Command("killed", "--resume"));
        Assert.True(last.ExitCode == 0, last.Error);
        CheckpointComparison.AssertEqual(_run["straight"], _run["killed"]);
    }

    [Fact]
    public void AStoppedRank_EndsTheJobWithinTheTimeout()
    {
        _run.Config = _run.Config with { Duration = new DurationOptions { MaxEpochs = 10_000 } };
        using var job = PaaProcess.Start(Command("hanging"));
        job.WaitFor("epoch 3/");
        var clock = Stopwatch.StartNew();
        PaaProcess.Signal(job.Rank(1), "STOP");
        var (exitCode, _, error) = job.Wait();
        Assert.NotEqual(0, exitCode);
        Assert.InRange(clock.Elapsed.TotalSeconds, Timeout - 1, Timeout + 15);
        var message = Assert.Single(PaaProcess.Messages(error));
        Assert.Contains($"rank 1 on {Environment.MachineName}: does not answer", message);
        Assert.Contains("Continue with --resume", message);
    }

    [Fact]
    public void ALossThatIsNotFinite_EndsTheJobWithOneMessage()
    {
        _run.Config = _run.Config with
        {
            Optimizer = new OptimizerOptions { LearningRate = 1e9 },
            LearningRate = new LearningRateOptions { WarmupIterations = 0 },
        };
        var (exitCode, _, error) = PaaProcess.Run(Command("diverging"));
        Assert.Equal(1, exitCode);
        var message = Assert.Single(PaaProcess.Messages(error));
        Assert.Matches($"paa train: rank [01] on {Environment.MachineName}: Iteration [0-9]+ .* is not finite", message);
        Assert.Contains("; images ", message);
    }

    [Fact]
    public void UnreadableImages_EndTheJobWithOneMessage()
    {
        foreach (var file in Directory.GetFiles(_run["train"], "*.png")) File.WriteAllText(file, "not a picture");
        var (exitCode, _, error) = PaaProcess.Run(Command("unreadable"));
        Assert.Equal(1, exitCode);
        Assert.Contains("not one image can be read", Assert.Single(PaaProcess.Messages(error)));
    }

    [Fact]
    public void ABrokenImage_IsReplacedAndNamedOnce()
    {
        File.WriteAllText(Path.Combine(_run["train"], "3.png"), "not a picture");
        var (exitCode, _, error) = PaaProcess.Run(Command("broken"));
        Assert.True(exitCode == 0, error);
        Assert.Contains("3.png", error);
    }

    [Fact]
    public void AWrongCommandLine_EndsTheJobWithOneMessage()
    {
        var (exitCode, _, error) = PaaProcess.Run(Command("wrong", "--set", "runner.max_epoch=3"));
        Assert.Equal(2, exitCode);
        Assert.Contains("max_epochs", Assert.Single(PaaProcess.Messages(error)));
    }

    [Fact]
    public void AMissingMachine_IsNamed()
    {
        var (exitCode, _, error) = PaaProcess.Run(
            ["launch", "--nproc", "1", "--nnodes", "2", "--node-rank", "0", "--rdzv", "127.0.0.1:29631", "--timeout", "2",
                "--", .. _run.Command(1, "missing")]);
        Assert.Equal(1, exitCode);
        Assert.Contains("1 of 2 processes did not come within 2 s: rank 1", Assert.Single(PaaProcess.Messages(error)));
    }

    string[] Command(string name, params string[] more)
    {
        var command = _run.Command(2, name, more);
        command[Array.IndexOf(command, "--timeout") + 1] = $"{Timeout}";
        return command;
    }

    static int? TryFind(PaaProcess job, int rank)
    {
        try
        {
            return job.Rank(rank);
        }
        catch (Exception error) when (error is InvalidOperationException or IOException)
        {
            return null;            // not started yet, or gone
        }
    }
}
