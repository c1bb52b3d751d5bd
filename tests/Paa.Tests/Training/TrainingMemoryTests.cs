using Paa.Options;
using Paa.Torch;
using Paa.Training;

namespace Paa.Tests.Training;

[Collection("Native")]
public sealed class TrainingMemoryTests
{
    [Fact]
    public void Train_For500Iterations_KeepsTensorsAndMemoryFlat()
    {
        const int WarmUp = 150, Last = 500;
        using var run = new TinyRun();
        run.Config = run.Config with { Duration = new DurationOptions { MaxEpochs = 1000, MaxIterations = Last } };
        var before = TorchRuntime.LiveTensorCount;
        var tensors = new List<long>();
        long memoryAtWarmUp = 0, memoryAtEnd = 0;
        var observer = new RecordingObserver
        {
            AfterStep = iteration =>
            {
                if (iteration > 1) tensors.Add(TorchRuntime.LiveTensorCount);     // the first makes the momentum
                if (iteration == WarmUp) memoryAtWarmUp = ResidentBytes();
                if (iteration == Last) memoryAtEnd = ResidentBytes();
            },
        };
        using (var trainer = new Trainer(run.Config, run.WorkFolder(), "tiny", observer))
            trainer.Train();

        Assert.Equal(Last - 1, tensors.Count);
        Assert.Equal(tensors[0], tensors.Max());
        Assert.Equal(tensors[0], tensors.Min());
        Assert.Equal(before, TorchRuntime.LiveTensorCount);
        // A tensor of this network's input is 0.1 MB: one leaked in each iteration would make 35 MB.
        var growth = (memoryAtEnd - memoryAtWarmUp) >> 20;
        Assert.True(growth < 16, $"Resident memory grew by {growth} MB in {Last - WarmUp} iterations.");
    }

    /// <summary>What is left after garbage is gone: the managed heap breathes with the checkpoints of 125 short epochs.</summary>
    static long ResidentBytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Environment.WorkingSet;
    }
}
