using System.Diagnostics;
using System.Globalization;
using Paa.Checkpoints;
using Paa.Torch;
using Paa.Torch.Distributed;

namespace Paa.Training.Distributed;

/// <summary>The processes of a run, seen from one of them.</summary>
/// <remarks>
/// A run on one process has a world, too (<see cref="Single"/>): what this class does over all processes is then done already.
/// Every process calls the collective methods in the same order. They fail when a process does not come within the timeout.
/// </remarks>
public sealed class World : IDisposable
{
    /// <summary>Counts in the store the processes that left in good order.</summary>
    public const string LeftKey = "left";

    static readonly TimeSpan LongestPeriod = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);        // for the one that failed, or its launcher, to say so

    readonly Placement? _placement;
    readonly TimeSpan _timeout;
    readonly TimeSpan _period;
    Store? _store;
    ProcessGroup? _control;     // small things on the CPU, beside whatever the tensors do
    ProcessGroup? _tensors;
    Heartbeat? _heartbeat;

    World()
    {
    }

    World(Placement placement, TimeSpan timeout)
    {
        (_placement, _timeout) = (placement, timeout);
        (Rank, Size, LocalRank, LocalSize) = (placement.Rank, placement.Size, placement.LocalRank, placement.LocalSize);
        _period = TimeSpan.FromTicks(Math.Min(LongestPeriod.Ticks, timeout.Ticks / 10));
    }

    /// <summary>The world of a process on its own.</summary>
    public static World Single { get; } = new();

    /// <summary>Number of this process, from 0.</summary>
    public int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public int Size { get; } = 1;

    /// <summary>Number of this process on its machine.</summary>
    public int LocalRank { get; }

    /// <summary>How many processes this machine has.</summary>
    public int LocalSize { get; } = 1;

    /// <summary>The machine's name.</summary>
    public static string Host => Environment.MachineName;

    /// <summary>Whether this process writes files and talks to the user.</summary>
    public bool IsMain => Rank == 0;

    /// <summary>Whether there is no other process.</summary>
    public bool IsSingle => Size == 1;

    /// <summary>The processes as c10d knows them, for tensors on a device: NCCL for CUDA, Gloo for the CPU. Borrowed.</summary>
    /// <param name="device">The same in every call.</param>
    /// <exception cref="InvalidOperationException">There is no other process.</exception>
    public ProcessGroup GroupFor(Device device)
    {
        if (_store is null) throw new InvalidOperationException("World: one process has no group.");
        return _tensors ??= CreateGroup("tensors", device.IsCuda ? Backend.Nccl : Backend.Gloo);
    }

    /// <summary>Joins the other processes; returns when all are there.</summary>
    /// <param name="placement">Which this one is, and where they meet.</param>
    /// <param name="timeout">The longest wait for another process, now and later.</param>
    /// <param name="onPeerFailure">Called on a thread of its own when another process failed; with null when the store is gone.</param>
    /// <exception cref="DistributedException">Not all came; the message names who did not.</exception>
    public static World Join(Placement placement, TimeSpan timeout, Action<Failure?>? onPeerFailure = null)
    {
        var world = new World(placement, timeout);
        try
        {
            world.Join(onPeerFailure ?? (_ => { }));
            return world;
        }
        catch (DistributedException error)
        {
            var (failure, isToTell) = world.Explain(error, error.Message);
            world.Abandon();
            if (isToTell) throw;
            throw new PeerFailureException(failure);
        }
        catch
        {
            world.Abandon();
            throw;
        }
    }

    /// <summary>Tells that this process came to the next phase of the work; all come to the same ones. Shown if it gets no further.</summary>
    public void Reach(string phase) => _heartbeat?.Reach(phase);

    /// <summary>Tells what this process does on its own.</summary>
    public void Note(string phase) => _heartbeat?.Note(phase);

    /// <summary>The sum over all processes of each of some numbers.</summary>
    public double[] Sum(params double[] values)
    {
        if (_control is null) return values;
        using var tensor = Tensor.From(values, values.Length);
        return _control.AllReduce(tensor).ToArray<double>();
    }

    /// <summary>The mean over all processes of each element. A new tensor, outside of the graph.</summary>
    /// <param name="tensor">On the device of the run or on the CPU. Borrowed.</param>
    public Tensor Average(Tensor tensor)
    {
        using var scope = new TensorScope();
        var copy = tensor.Detach().Clone();
        if (IsSingle) return scope.Keep(copy);
        var group = tensor.Device.IsCpu ? _control! : GroupFor(tensor.Device);
        return scope.Keep(group.AllReduce(copy) * (1.0 / Size));
    }

    /// <summary>The bytes of every process, in the order of ranks.</summary>
    public byte[][] Gather(ReadOnlySpan<byte> bytes) => _control?.AllGather(bytes) ?? [bytes.ToArray()];

    /// <summary>A text of the main process, for all.</summary>
    /// <param name="text">Looked at on the main process only.</param>
    public string? FromMain(string? text)
    {
        if (IsSingle) return text;
        var bytes = IsMain && text is not null ? System.Text.Encoding.UTF8.GetBytes("+" + text) : [];
        var received = Gather(bytes)[0];
        return received.Length == 0 ? null : System.Text.Encoding.UTF8.GetString(received.AsSpan(1));
    }

    /// <summary>A file of the main process for all: each reads it where it lies, or gets a copy where it does not see it.</summary>
    /// <param name="path">On the main process.</param>
    /// <param name="read">Reads a file.</param>
    public T ReadFile<T>(string path, Func<string, T> read)
    {
        if (IsSingle) return read(path);
        var length = FromMain(IsMain ? new FileInfo(path).Length.ToString(CultureInfo.InvariantCulture) : null)!;
        var isHere = File.Exists(path) && new FileInfo(path).Length.ToString(CultureInfo.InvariantCulture) == length;
        if (Sum(isHere ? 0 : 1)[0] == 0) return read(path);

        using var bytes = IsMain
            ? Tensor.From(File.ReadAllBytes(path), long.Parse(length, CultureInfo.InvariantCulture))
            : Tensor.Zeros([long.Parse(length, CultureInfo.InvariantCulture)], ScalarType.UInt8);
        _control!.Broadcast(bytes);
        if (IsMain) return read(path);
        var copy = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + Path.GetExtension(path));
        try
        {
            File.WriteAllBytes(copy, bytes.ToBytes());
            return read(copy);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    /// <summary>Lets a process that failed speak first: throws if another one did within a short while.</summary>
    /// <exception cref="PeerFailureException">Another process failed.</exception>
    public void YieldToFailure()
    {
        if (_store is not null && new FailureBoard(_store).Await(Settling) is { } failure) throw new PeerFailureException(failure);
    }

    /// <summary>Finds out why the job ends, after an error on this process, and tells the others.</summary>
    /// <param name="error">What was thrown here.</param>
    /// <param name="cause">The same in words for the user.</param>
    /// <returns>The failure, and whether this process has to print it: exactly one does.</returns>
    public (Failure Failure, bool IsToTell) Explain(Exception error, string cause)
    {
        if (error is PeerFailureException peer) return (peer.Failure, false);
        var own = new Failure(Rank, Host, cause, Rank);
        if (_store is null) return (own, true);
        var isOwn = !CommunicationError.Is(error);
        var finding = Task.Run(() => Find(own, isOwn));         // the store may be out of reach
        try
        {
            if (finding.Wait(2 * Settling + 5 * _period)) return finding.Result;
        }
        catch (AggregateException)
        {
            // the connection is broken
        }
        return isOwn ? (own, true) : (StoreIsGone(), LocalRank == 0);
    }

    /// <summary>What to say when the process that keeps the store does not answer.</summary>
    public Failure StoreIsGone()
    {
        var keeper = _placement!.IsStoreOfLauncher ? "the launcher" : "rank 0";
        return new Failure(_placement.IsStoreOfLauncher ? -1 : 0, $"{_placement.MasterAddress}:{_placement.MasterPort}",
            $"{keeper}, which keeps the store, does not answer rank {Rank} on {Host}: it died, or the network to it is cut. "
            + "Continue with --resume.", Rank);
    }

    /// <summary>Leaves in good order, when the work is done everywhere.</summary>
    public void Leave()
    {
        if (_store is null || _control is null) return;
        _control.Barrier();
        _heartbeat!.Dispose();
        _tensors?.Dispose();
        _control.Dispose();
        var left = _store.Add(LeftKey, 1);
        var clock = Stopwatch.StartNew();
        while (_placement!.ServesStore && left < Size && clock.Elapsed < Settling)
        {
            Thread.Sleep(10);
            left = _store.Add(LeftKey, 0);
        }
        _store.Dispose();
        (_store, _control, _tensors, _heartbeat) = (null, null, null, null);
    }

    /// <summary>Ends this process's part without waiting for anybody; nothing after <see cref="Leave"/>.</summary>
    public void Dispose() => Abandon();

    void Abandon()
    {
        _heartbeat?.Stop();
        _tensors?.Abandon();
        _control?.Abandon();
        (_store, _control, _tensors, _heartbeat) = (null, null, null, null);
    }

    void Join(Action<Failure?> onPeerFailure)
    {
        var placement = _placement!;
        var clock = Stopwatch.StartNew();
        _store = OpenStore(placement.ServesStore);
        _store.Set(HostKey(Rank), Host);
        _heartbeat = new Heartbeat(OpenStore(isServer: false), Rank, _period, onPeerFailure);
        AwaitAll(clock);
        _control = CreateGroup("control", Backend.Gloo);
    }

    ProcessGroup CreateGroup(string name, Backend backend)
    {
        var placement = _placement!;
        var address = LocalAddress.Find(placement);
        try
        {
            using var part = _store!.Below(name);
            return new ProcessGroup(part, backend, Rank, Size, _timeout, address);
        }
        catch (TorchException error) when (CommunicationError.Is(error))
        {
            throw new DistributedException($"The processes see the store at {placement.MasterAddress}:{placement.MasterPort} and not each "
                + $"other; rank {Rank} on {Host} listens at {address}. Open the ports between the machines, or set "
                + $"{LocalAddress.InterfaceVariable} to the interface that connects them. {error.Message}", error);
        }
    }

    Store OpenStore(bool isServer)
    {
        var placement = _placement!;
        try
        {
            using var whole = Store.Tcp(placement.MasterAddress, placement.MasterPort, isServer, _timeout);
            return FailureBoard.PartOf(whole, placement.Attempt);
        }
        catch (TorchException error)
        {
            var (address, port) = (placement.MasterAddress, placement.MasterPort);
            throw new DistributedException(isServer
                ? $"Rank 0 on {Host} cannot keep the store at {address}:{port}: is MASTER_ADDR this machine, and the port free? {error.Message}"
                : string.Create(CultureInfo.InvariantCulture, $"Rank {Rank} on {Host} did not reach the store at {address}:{port} within "
                    + $"{_timeout.TotalSeconds:0.#} s: does rank 0 run there, and is the port open?"), error);
        }
    }

    /// <summary>Waits until every process gave a sign.</summary>
    void AwaitAll(Stopwatch clock)
    {
        var missing = Enumerable.Range(0, Size).ToList();
        var board = new FailureBoard(_store!);
        while (true)
        {
            missing.RemoveAll(rank => Heartbeat.Last(_store!, rank) is not null);
            if (missing.Count == 0) return;
            if (board.Read() is { } failure) throw new PeerFailureException(failure);
            if (clock.Elapsed > _timeout)
                throw new DistributedException(string.Create(CultureInfo.InvariantCulture,
                    $"{missing.Count} of {Size} processes did not come within {_timeout.TotalSeconds:0.#} s: "
                    + $"rank{(missing.Count > 1 ? "s" : "")} {string.Join(", ", missing.Take(20))}{(missing.Count > 20 ? ", ..." : "")}."));
            Thread.Sleep(20);
        }
    }

    (Failure Failure, bool IsToTell) Find(Failure own, bool isOwn)
    {
        var board = new FailureBoard(_store!);
        if (!isOwn && board.Await(Settling) is { } known) return (known, false);
        var failure = isOwn ? own : Suspect(own);
        return board.TryReport(failure) ? (failure, true) : (board.Await(Settling) ?? failure, false);
    }

    /// <summary>A collective failed here: who is to blame is who gives no sign of life any more, or else who is behind.</summary>
    Failure Suspect(Failure own)
    {
        var before = Signs();
        Thread.Sleep(3 * _period);
        var after = Signs();
        for (var rank = 0; rank < Size; rank++)
            if (rank != Rank && after[rank]?.Beat == before[rank]?.Beat)
                return Of(rank, $"does not answer: it died, was stopped, or the network to it is cut (its last sign: {after[rank]?.Phase})");
        var behind = Enumerable.Range(0, Size).Where(rank => rank != Rank).MinBy(rank => after[rank]!.Value.Progress);
        var sign = after[behind]!.Value;
        return sign.Progress < _heartbeat!.Count
            ? Of(behind, string.Create(CultureInfo.InvariantCulture,
                $"hangs: it lives, and did not get beyond \"{sign.Phase}\" within {_timeout.TotalSeconds:0.#} s"))
            : own;

        Failure Of(int rank, string cause) => new(rank, _store!.Has(HostKey(rank)) ? _store.Get(HostKey(rank), Settling) : "an unknown host",
            cause + ". Continue with --resume.", Rank);
    }

    Heartbeat.Sign?[] Signs() => [.. Enumerable.Range(0, Size).Select(rank => Heartbeat.Last(_store!, rank))];

    static string HostKey(int rank) => string.Create(CultureInfo.InvariantCulture, $"host/{rank}");
}
