using System.Collections.Concurrent;
using Paa.Data;

namespace Paa.Tests.Data;

public sealed class OrderedPrefetchTests
{
    sealed class Item(int number, ConcurrentDictionary<Item, bool> alive) : IDisposable
    {
        public int Number => number;

        public Item Register()
        {
            alive[this] = true;
            return this;
        }

        public void Dispose() => Assert.True(alive.TryRemove(this, out _));
    }

    readonly ConcurrentDictionary<Item, bool> _alive = [];
    readonly ConcurrentDictionary<Thread, bool> _threads = [];
    int _produced;

    OrderedPrefetch<Item> Create(int threads, int ahead, Action<int, CancellationToken>? work = null) =>
        new(threads, ahead, (number, stop) =>
        {
            _threads[Thread.CurrentThread] = true;
            work?.Invoke(number, stop);
            Interlocked.Increment(ref _produced);
            return new Item(number, _alive).Register();
        });

    void AssertNothingLeft()
    {
        Assert.Empty(_alive);
        Assert.All(_threads.Keys.Where(thread => thread != Thread.CurrentThread), thread => Assert.False(thread.IsAlive));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(8, 2)]
    public void Run_HandsOutInOrder(int threads, int ahead)
    {
        // Even numbers take longer, so that threads overtake each other.
        var prefetch = Create(threads, ahead, (number, _) => Thread.Sleep(number % 2 == 0 ? 3 : 0));
        var numbers = new List<int>();
        foreach (var item in prefetch.Run(7, 40, default))
            using (item) numbers.Add(item.Number);
        Assert.Equal(Enumerable.Range(7, 33), numbers);
        AssertNothingLeft();
    }

    [Fact]
    public void Run_NeverGetsFurtherAheadThanAllowed()
    {
        foreach (var item in Create(4, 3).Run(0, 30, default))
        {
            Thread.Sleep(2);
            Assert.InRange(_produced, item.Number + 1, item.Number + 1 + 3);
            item.Dispose();
        }
    }

    [Fact]
    public void Run_LeftEarly_EndsThreadsAndDisposesTheRest()
    {
        foreach (var item in Create(4, 8).Run(0, 1000, default))
        {
            item.Dispose();
            if (item.Number == 5) break;
        }
        AssertNothingLeft();
        Assert.InRange(_produced, 6, 14);
    }

    [Fact]
    public void Run_ThrowsTheErrorOfAnItem_WhereItIsAskedFor()
    {
        var prefetch = Create(3, 6, (number, _) =>
        {
            if (number == 4) throw new InvalidDataException("four");
        });
        var seen = 0;
        Assert.Throws<InvalidDataException>(() =>
        {
            foreach (var item in prefetch.Run(0, 100, default))
                using (item) seen++;
        });
        Assert.Equal(4, seen);
        AssertNothingLeft();
    }

    [Fact]
    public void Run_Cancelled_StopsPromptlyEvenInsideAnItem()
    {
        using var cancellation = new CancellationTokenSource();
        var prefetch = Create(2, 4, (number, stop) =>
        {
            if (number == 3 && stop.WaitHandle.WaitOne(TimeSpan.FromMinutes(1))) stop.ThrowIfCancellationRequested();
        });
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var item in prefetch.Run(0, 100, cancellation.Token))
            {
                item.Dispose();
                if (item.Number == 2) cancellation.CancelAfter(10);
            }
        });
        AssertNothingLeft();
    }
}
