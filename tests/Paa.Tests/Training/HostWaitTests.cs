using Paa.Data;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Optim;
using Paa.Training;
using Paa.Training.Networks;

namespace Paa.Tests.Training;

/// <summary>How often a step would wait for a GPU. Counted on the CPU, with the assignment's losses computed by tensors as on
/// CUDA.</summary>
[Collection("Native")]
public sealed class HostWaitTests : IDisposable
{
    const int Assignment = 1;           // the losses of the candidates
    const int Outcome = 1;              // losses, and with an update the norm of the gradients

    readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("plain")]
    [InlineData("frozen norm")]
    [InlineData("clipping")]
    [InlineData("loss scale")]
    [InlineData("bfloat16")]
    [InlineData("channels last")]
    [InlineData("checkpointed blocks")]
    public void Step_WaitsForTheAssignmentAndOnceMore(string kind)
    {
        using var step = new CountedStep(_run.Config, kind);
        step.Run(new Accumulation(0, 1));           // the first one makes the momentum
        Assert.Equal(Assignment + Outcome, step.Run(new Accumulation(0, 1)));
    }

    [Fact]
    public void Step_OfAnAccumulatedUpdate_WaitsNoMoreOften()
    {
        using var step = new CountedStep(_run.Config, "clipping");
        for (var i = 0; i < 3; i++) Assert.Equal(Assignment + Outcome, step.Run(new Accumulation(i, 3)));
    }

    [Fact]
    public void Step_WithoutABox_WaitsOnce()
    {
        using var run = new TinyRun(imageCount: 2, emptyCount: 2);
        using var step = new CountedStep(run.Config, "clipping");
        Assert.Equal(Outcome, step.Run(new Accumulation(0, 1)));
    }

    [Fact]
    public void Iteration_OfATrainer_WaitsNoMoreOften_LoggedOrNot()
    {
        // The CPU's own way to the candidates' losses reads nothing that a device would have to send.
        HostWaits? waits = null;
        var counts = new List<long>();
        var observer = new RecordingObserver
        {
            AfterStep = _ =>
            {
                if (waits is not null) counts.Add(waits.Count);
                waits?.Dispose();
                waits = new HostWaits();
            },
        };
        _run.Config = _run.Config with
        {
            Duration = new DurationOptions { MaxIterations = 4 },
            Log = new LogOptions { Interval = 2 },
        };
        using (var trainer = new Trainer(_run.Config, _run.WorkFolder(), "tiny", observer)) trainer.Train();
        waits!.Dispose();
        Assert.Equal([Outcome, Outcome, Outcome], counts);
    }

    [Fact]
    public void HostWaits_CountsWhatWaits()
    {
        using var scope = new TensorScope();
        var x = Tensor.From([1f, 0, 2], 3);
        using var waits = new HostWaits();
        _ = (x * 2).Sum();
        Assert.Equal(0, waits.Count);
        _ = x.ToArray<float>();
        Assert.Equal(1, waits.Count);
        _ = x.Sum().ToDouble();
        Assert.Equal(2, waits.Count);
        _ = new Operator("aten::nonzero").Invoke(x);
        Assert.Equal(3, waits.Count);
        _ = new Operator("aten::item").Invoke(x.Sum());        // hidden inside an operator
        Assert.Equal(4, waits.Count);
        Assert.Throws<TorchException>(() => new HostWaits());
    }

    /// <summary>One batch, trained again and again in one of several ways.</summary>
    sealed class CountedStep : IDisposable
    {
        readonly TorchDetector _detector;
        readonly Optimizer _optimizer;
        readonly TrainingStep _step;
        readonly Batch _batch;

        public CountedStep(PaaConfig config, string kind)
        {
            var backbone = config.Model.Backbone;
            if (kind == "frozen norm") backbone = backbone with { NormEval = true, FrozenStages = 1 };
            if (kind == "checkpointed blocks") backbone = backbone with { ActivationCheckpointing = true };
            _detector = new TorchDetector(config.Model with { Backbone = backbone });
            _detector.InitializeWeights(seed: 1);
            _detector.Train();
            if (kind == "channels last") _detector.UseChannelsLast();
            _optimizer = OptimizerFactory.Create(config.Optimizer, _detector.Parameters);
            _step = new TrainingStep(_detector, _optimizer, kind == "clipping" ? 0.1 : null, StepPrecision.Of(
                kind == "bfloat16" ? MixedPrecision.Bf16 : MixedPrecision.Off,
                kind == "loss scale" ? new LossScaler() : null, kind == "channels last"))
            {
                IsHostUsed = false,
            };
            _batch = BatchLoader.ForTraining(CocoDataset.Load(config.Data.Train, null), config).Epoch(0).First();
        }

        /// <summary>The number of waits.</summary>
        public long Run(Accumulation part)
        {
            using var waits = new HostWaits();
            _step.Run(_batch, rate: 0.01, part);
            return waits.Count;
        }

        public void Dispose()
        {
            _batch.Dispose();
            _optimizer.Dispose();
            _detector.Dispose();
        }
    }
}
