using Paa.Torch.Optim;
using Paa.Training;

namespace Paa.Benchmarks.Works;

/// <summary>One update of the weights, as the trainer makes it, on candidates that the loader's threads have found
/// before.</summary>
/// <remarks>Settings: those of <see cref="Workload"/>; <c>adamw=1</c> for AdamW with clipped gradients in place of SGD, as small
/// data want it.</remarks>
sealed class TrainingStepWork : IWork
{
    const double Rate = 1e-4;

    readonly Workload _workload;
    readonly Optimizer _optimizer;
    readonly TrainingStep _step;

    public TrainingStepWork(WorkSettings settings)
    {
        _workload = new Workload(WorkloadOptions.From(settings));
        _workload.Detector.Train();
        var parameters = _workload.Detector.Parameters.Parameters;
        var isAdamW = settings.IsOn("adamw");
        _optimizer = isAdamW
            ? new AdamW(parameters, Rate, weightDecay: 0.05)
            : new Sgd(parameters, learningRate: Rate, momentum: 0.9, weightDecay: 1e-4);
        _step = new TrainingStep(_workload.Detector, _optimizer, isAdamW ? 10 : null);
    }

    /// <summary>The peer has other random weights.</summary>
    public double? Answer => null;

    public void Run() => _step.Run(_workload.Images, _workload.Grid, _workload.Samples, Rate);

    public void Dispose()
    {
        _optimizer.Dispose();
        _workload.Dispose();
    }
}
