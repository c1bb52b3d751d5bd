using System.Diagnostics;
using Paa.Checkpoints;
using Paa.Detectors;
using Xunit.Abstractions;

namespace Paa.Tests.Models;

[Collection("Native")]
public class HostileCheckpointTests(ITestOutputHelper log)
{
    /// <summary>Two seconds on an idle machine; one that runs other tests too may need longer.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    const long MaxAllocation = 1L << 30;

    [Fact]
    public void Load_OfAnyOfThem_ReadsOrGivesOneClearError()
    {
        using var folder = new TemporaryFolder();
        var (count, refused, slowest, largest) = (0, 0, TimeSpan.Zero, 0L);
        foreach (var (name, content) in HostileCheckpoints.All(folder.Path))
        {
            var path = folder.Write("file.pth", content);
            var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
            var error = Record.Exception(() => DetectorFile.Load(path));
            var (elapsed, allocated) = (clock.Elapsed, GC.GetAllocatedBytesForCurrentThread() - before);

            Assert.True(error is null or CheckpointException or ArchitectureException, $"{name}: {error}");
            var message = error?.Message ?? path;
            Assert.True(message.StartsWith(path, StringComparison.Ordinal) && !message.Contains('\n'), $"{name}: {message}");
            Assert.True(elapsed < Patience, $"{name}: took {elapsed}.");
            Assert.True(allocated < MaxAllocation, $"{name}: allocated {allocated >> 20} MB.");
            (count, refused) = (count + 1, refused + (error is null ? 0 : 1));
            if (elapsed > slowest) slowest = elapsed;
            largest = Math.Max(largest, allocated);
        }
        log.WriteLine($"{count} files, {refused} refused; slowest {slowest}, most memory {largest >> 20} MB");
        Assert.True(count >= 200, $"There are only {count} files.");
        Assert.False(File.Exists("owned"));
    }
}
