using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Paa.Hosting;

/// <summary>Loads a detector and looks at a blank image before the host has started.</summary>
/// <param name="find">Loads it at the first call.</param>
/// <param name="isWanted">Whether to do so.</param>
sealed class DetectorStart(Func<Detector> find, bool isWanted) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) =>
        isWanted ? Task.Run(() => find().WarmUp(), cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Healthy where the detector can be loaded and is not disposed. It costs nothing, so it may be asked every
/// second.</summary>
/// <param name="find">Loads it at the first call.</param>
sealed class DetectorHealthCheck(Func<Detector> find) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var detector = find();
            detector.Detect(Array.Empty<Imaging.Image>(), cancellation: cancellationToken);     // refused after Dispose
            return Task.FromResult(HealthCheckResult.Healthy($"{detector.Classes.Count} classes",
                new Dictionary<string, object> { ["classes"] = detector.Classes, ["notices"] = detector.Notices }));
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, error.Message, error));
        }
    }
}
