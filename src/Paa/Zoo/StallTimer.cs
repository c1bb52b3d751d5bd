using System.Globalization;

namespace Paa.Zoo;

/// <summary>Runs the steps of a transfer, each of which may stall or fail.</summary>
/// <param name="timeout">Timeout of each step.</param>
/// <param name="stop">Cancels all steps.</param>
sealed class StallTimer(TimeSpan timeout, CancellationToken stop) : IDisposable
{
    readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(stop);

    /// <summary>Runs one step.</summary>
    /// <exception cref="TimeoutException">It took longer than the timeout.</exception>
    /// <exception cref="HttpRequestException">The connection failed.</exception>
    public async Task<T> Run<T>(Func<CancellationToken, Task<T>> step)
    {
        _source.CancelAfter(timeout);
        try
        {
            return await step(_source.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException(
                string.Create(CultureInfo.InvariantCulture, $"the server sent nothing for {timeout.TotalSeconds:0.#} seconds."));
        }
        catch (IOException error)
        {
            throw new HttpRequestException(error.Message, error);
        }
        finally
        {
            _source.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _source.Dispose();
}
