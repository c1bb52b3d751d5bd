using Paa.Torch.Distributed;

namespace Paa.Tests.Torch.Distributed;

/// <summary>Runs the ranks of a process group as threads of this process: what they compute is the same, and they start at
/// once.</summary>
static class Ranks
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    /// <summary>Calls a body once per rank, all at the same time, and returns what they return.</summary>
    public static T[] Run<T>(int count, Func<ProcessGroup, T> body, TimeSpan? timeout = null)
    {
        using var server = Store.Tcp("127.0.0.1", 0, isServer: true, Timeout);
        var results = new T[count];
        var errors = new Exception?[count];
        var threads = Enumerable.Range(0, count).Select(rank => new Thread(() =>
        {
            try
            {
                using var store = Store.Tcp("127.0.0.1", server.Port, isServer: false, Timeout);
                using var group = new ProcessGroup(store, Backend.Gloo, rank, count, timeout ?? Timeout, "127.0.0.1");
                results[rank] = body(group);
            }
            catch (Exception error)
            {
                errors[rank] = error;
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (errors.OfType<Exception>().FirstOrDefault() is { } first) throw first;
        return results;
    }
}
