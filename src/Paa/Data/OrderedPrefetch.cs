using System.Threading.Channels;

namespace Paa.Data;

/// <summary>Produces numbered items ahead of their consumer on its own threads, and hands them out in order.</summary>
/// <remarks>
/// At most <paramref name="ahead"/> items are waiting or in production. When the enumeration ends, for any reason, the threads
/// have ended and all items that were not handed out are disposed.
/// </remarks>
/// <param name="threads">Number of threads; with 0 the consumer makes each item when it needs it.</param>
/// <param name="ahead">Number of items made ahead, at least 1.</param>
/// <param name="produce">Makes an item; called from several threads at once.</param>
sealed class OrderedPrefetch<T>(int threads, int ahead, Func<int, CancellationToken, T> produce)
    where T : IDisposable
{
    readonly record struct Work(int Number, TaskCompletionSource<T> Result);

    /// <summary>Enumerates the items <paramref name="first"/> to <paramref name="end"/> - 1. The consumer owns each.</summary>
    public IEnumerable<T> Run(int first, int end, CancellationToken cancellation)
    {
        if (threads == 0)
        {
            for (var number = first; number < end; number++) yield return produce(number, cancellation);
            yield break;
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var work = Channel.CreateBounded<Work>(new BoundedChannelOptions(ahead) { SingleWriter = true });
        var pending = new Queue<Work>();
        var next = first;
        var workers = Enumerable.Range(0, threads).Select(i => Start(i, work.Reader, stop.Token)).ToArray();
        try
        {
            for (Order(); pending.Count > 0;)
            {
                var item = pending.Peek().Result.Task.WaitAsync(cancellation).GetAwaiter().GetResult();
                pending.Dequeue();
                Order();
                yield return item;
            }
        }
        finally
        {
            stop.Cancel();
            work.Writer.Complete();
            foreach (var worker in workers) worker.Join();
            foreach (var left in pending)
                if (left.Result.Task.IsCompletedSuccessfully) left.Result.Task.Result.Dispose();
                else _ = left.Result.Task.Exception;        // observed, because nobody awaits it any more
        }

        void Order()
        {
            for (; next < end && pending.Count < ahead; next++)
            {
                var item = new Work(next, new(TaskCreationOptions.RunContinuationsAsynchronously));
                pending.Enqueue(item);
                work.Writer.TryWrite(item);                 // never full: it holds no more than is pending
            }
        }
    }

    Thread Start(int index, ChannelReader<Work> work, CancellationToken stop)
    {
        var thread = new Thread(() => Consume(work, stop)) { IsBackground = true, Name = $"paa loader {index}" };
        thread.Start();
        return thread;
    }

    void Consume(ChannelReader<Work> work, CancellationToken stop)
    {
        while (work.WaitToReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
            while (work.TryRead(out var item))
            {
                try
                {
                    stop.ThrowIfCancellationRequested();
                    item.Result.SetResult(produce(item.Number, stop));
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    item.Result.SetCanceled(stop);
                }
                catch (Exception e)
                {
                    item.Result.SetException(e);            // thrown where the consumer takes the item
                }
            }
    }
}
