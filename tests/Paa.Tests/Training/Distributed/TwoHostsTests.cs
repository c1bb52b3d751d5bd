using System.Diagnostics;
using Paa.Options;

namespace Paa.Tests.Training.Distributed;

/// <summary>Two launchers on two hosts that share no folder: training together, losing the network, going on.</summary>
[Collection("Native")]
[Trait("Category", "Distributed")]
public sealed class TwoHostsTests : IDisposable
{
    const int Timeout = 5;
    const int Port = 29633;

    readonly DistributedRun _run = new();

    public void Dispose() => _run.Dispose();

    [SkippableFact]
    public void Train_OnTwoHosts_SurvivesACutCable()
    {
        using var hosts = TwoHosts.TryCreate(out var reason);
        Skip.If(hosts is null, $"needs two network namespaces: {reason}");
        _run.Config = _run.Config with
        {
            Duration = new DurationOptions { MaxEpochs = 60 },
            Checkpoints = new CheckpointOptions { IterationInterval = 1, MaxKept = 2 },
        };
        Assert.Equal(0, PaaProcess.Run(_run.Command(2, "straight")).ExitCode);

        using (var first = Start(hosts!, 0))
        using (var second = Start(hosts!, 1))
        {
            first.WaitFor("epoch 3/");
            hosts!.Cut();
            var clock = Stopwatch.StartNew();
            var (firstCode, _, firstError) = first.Wait();
            var (secondCode, _, secondError) = second.Wait();
            Assert.InRange(clock.Elapsed.TotalSeconds, Timeout - 1, Timeout + 20);
            Assert.Equal((1, 1), (firstCode, secondCode));
            Assert.Contains("rank 1 on host-b: does not answer", Assert.Single(PaaProcess.Messages(firstError)));
            var message = Assert.Single(PaaProcess.Messages(secondError));
            var address = $"{TwoHosts.FirstAddress}:{Port}";
            Assert.Contains($"{address}: the launcher, which keeps the store, does not answer rank 1 on host-b", message);
        }

        hosts.Connect();
        using (var first = Start(hosts, 0, "--resume"))
        using (var second = Start(hosts, 1, "--resume"))
        {
            var (firstCode, _, firstError) = first.Wait();
            var (secondCode, _, secondError) = second.Wait();
            Assert.True(firstCode == 0 && secondCode == 0, firstError + secondError);
            Assert.DoesNotContain("begins anew", firstError);
        }
        CheckpointComparison.AssertEqual(_run["straight"], _run["host-0"]);
        Assert.False(File.Exists(Path.Combine(_run["host-1"], "latest.pth")), "only rank 0 writes");
    }

    PaaProcess Start(TwoHosts hosts, int host, params string[] more)
    {
        var train = _run.Command(2, $"host-{host}", more);
        string[] launch = ["launch", "--nproc", "1", "--nnodes", "2", "--node-rank", $"{host}", "--rdzv",
            $"{TwoHosts.FirstAddress}:{Port}",
            "--timeout", $"{Timeout}"];
        return PaaProcess.StartBy(hosts.On(host), [.. launch, .. train.SkipWhile(arg => arg != "--")]);
    }
}
