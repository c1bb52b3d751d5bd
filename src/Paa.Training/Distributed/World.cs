using System.Diagnostics;
using System.Globalization;
using System.Text;
using Paa.Checkpoints;
using Paa.Torch;
using Paa.Torch.Distributed;

namespace Paa.Training.Distributed;

/// <summary>The processes of a run, seen from one of them.</summary>
/// <remarks>
/// A run in one process has a world, too (<see cref="Single"/>), in which every exchange gives back what this process put in.
/// Every process calls the collective methods in the same order. A collective method fails when a process does not come within
/// the timeout.
/// </remarks>
public sealed class World : IDisposable
{
    /// <summary>Counts in the store the processes that shut down in good order.</summary>
    public const string LeftKey = "left";

    static readonly TimeSpan LongestPeriod = TimeSpan.FromSeconds(1);

    readonly Placement? _placement;
    readonly Rendezvous? _rendezvous;
    readonly TimeSpan _timeout;
    readonly TimeSpan _period;
    Store? _store;
    ProcessGroup? _control;     // small messages on the CPU, whatever device the tensors are on
    ProcessGroup? _tensors;
    Heartbeat? _heartbeat;

    World()
    {
    }

    World(Placement placement, TimeSpan timeout)
    {
        (_placement, _rendezvous, _timeout) = (placement, new Rendezvous(placement, timeout), timeout);
        (Rank, Size, LocalRank, LocalSize) = (placement.Rank, placement.Size, placement.LocalRank, placement.LocalSize);
        _period = TimeSpan.FromTicks(Math.Min(LongestPeriod.Ticks, timeout.Ticks / 10));
    }

    /// <summary>The world of a process on its own.</summary>
    public static World Single { get; } = new();

    /// <summary>The machine's name.</summary>
    public static string Host => Environment.MachineName;

    /// <summary>Number of this process, from 0.</summary>
    public int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public int Size { get; } = 1;

    /// <summary>Number of this process on its machine.</summary>
    public int LocalRank { get; }

    /// <summary>How many processes this machine has.</summary>
    public int LocalSize { get; } = 1;

    /// <summary>Whether this process writes files and talks to the user.</summary>
    public bool IsMain => Rank == 0;

    /// <summary>Whether there is no other process.</summary>
    public bool IsSingle => Size == 1;

    /// <summary>Joins the other processes; returns when all are there.</summary>
    /// <param name="placement">Which process this one is, and where they meet.</param>
    /// <param name="timeout">The longest wait for another process, now and later.</param>
    /// <param name="onPeerFailure">Called on a thread of its own when another process failed; with null when the store is gone.</param>
    /// <exception cref="DistributedException">Not all came; the message names who did not.</exception>
    /// <exception cref="PeerFailureException">Another process failed meanwhile.</exception>
    public static World Join(Placement placement, TimeSpan timeout, Action<Failure?>? onPeerFailure = null)
    {
        var world = new World(placement, timeout);
        try
        {
            world.Connect(onPeerFailure ?? (_ => { }));
            return world;
        }
        catch (DistributedException error)
        {
            var (failure, isReporter) = world.Explain(error, error.Message);
            world.Abandon();
            if (isReporter) throw;
            throw new PeerFailureException(failure);
        }
        catch
        {
            world.Abandon();
            throw;
        }
    }

    /// <summary>The processes as c10d knows them, for tensors on a device: NCCL for CUDA, Gloo for the CPU. Borrowed.</summary>
    /// <param name="device">The same in every call.</param>
    /// <exception cref="InvalidOperationException">There is no other process.</exception>
    public ProcessGroup GroupFor(Device device)
    {
        if (_store is null) throw new InvalidOperationException("World: one process has no group.");
        return _tensors ??= _rendezvous!.CreateGroup(_store, "tensors", device.IsCuda ? Backend.Nccl : Backend.Gloo);
    }

    /// <summary>The sum over all processes of each of some numbers. Collective.</summary>
    public double[] Sum(params double[] values)
    {
        if (_control is null) return values;
        using var tensor = Tensor.From(values, values.Length);
        return _control.AllReduce(tensor).ToArray<double>();
    }

    /// <summary>The mean over all processes of each element: a new tensor, outside of the graph, owned. Collective.</summary>
    /// <param name="tensor">On the device of the run or on the CPU. Borrowed.</param>
    public Tensor Average(Tensor tensor)
    {
        using var scope = new TensorScope();
        var copy = tensor.Detach().Clone();
        if (IsSingle) return scope.Keep(copy);
        var group = tensor.Device.IsCpu ? _control! : GroupFor(tensor.Device);
        return scope.Keep(group.AllReduce(copy) * (1.0 / Size));
    }

    /// <summary>The bytes of every process, in the order of ranks. Collective.</summary>
    public byte[][] Gather(ReadOnlySpan<byte> bytes) => _control?.AllGather(bytes) ?? [bytes.ToArray()];

    /// <summary>Gives a text of the main process to all. Collective.</summary>
    /// <param name="text">Only the main process's counts.</param>
    public string? Broadcast(string? text)
    {
        if (IsSingle) return text;
        var bytes = IsMain && text is not null ? Encoding.UTF8.GetBytes("+" + text) : [];
        var received = Gather(bytes)[0];
        return received.Length == 0 ? null : Encoding.UTF8.GetString(received.AsSpan(1));
    }

    /// <summary>Reads a file of the main process everywhere: where it lies, or as a copy on machines that do not see it. Collective.</summary>
    /// <param name="path">On the main process.</param>
    /// <param name="read">Reads a file.</param>
    public T ReadFile<T>(string path, Func<string, T> read)
    {
        if (IsSingle) return read(path);
        var length = long.Parse(
            Broadcast(IsMain ? new FileInfo(path).Length.ToString(CultureInfo.InvariantCulture) : null)!, CultureInfo.InvariantCulture);
        var isHere = File.Exists(path) && new FileInfo(path).Length == length;
        if (Sum(isHere ? 0 : 1)[0] == 0) return read(path);

        using var bytes = IsMain ? Tensor.From(File.ReadAllBytes(path), length) : Tensor.Zeros([length], ScalarType.UInt8);
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

    /// <summary>Says what this process does from now on. The message shows it if the process gets no further.</summary>
    /// <param name="phase">Words for it.</param>
    /// <param name="isShared">Whether all processes come to this phase, so that one that does not is behind.</param>
    public void Heartbeat(string phase, bool isShared = true) => _heartbeat?.Report(phase, isShared);

    /// <summary>Waits a moment for another process to report a failure, which is then the cause of an error that this one found.</summary>
    /// <exception cref="PeerFailureException">Another process failed.</exception>
    public void ThrowIfPeerFailed()
    {
        if (_store is not null && new FailureBoard(_store).Await(FailureDiagnosis.SettlingTime) is { } failure)
            throw new PeerFailureException(failure);
    }

    /// <summary>Finds out why the job ends, after an error on this process, and lets the others know.</summary>
    /// <param name="error">What was thrown here.</param>
    /// <param name="cause">The same in words for the user.</param>
    /// <returns>The failure, and whether this process has to print it: exactly one does.</returns>
    public (Failure Failure, bool IsReporter) Explain(Exception error, string cause)
    {
        if (error is PeerFailureException peer) return (peer.Failure, false);
        var own = new Failure(Rank, Host, cause, Rank);
        return _store is null ? (own, true)
            : new FailureDiagnosis(_store, _placement!, _heartbeat, _timeout, _period).Explain(own, CommunicationError.Is(error));
    }

    /// <summary>The failure to report when the process that keeps the store does not answer.</summary>
    public Failure StoreIsGone() => FailureDiagnosis.StoreIsGone(_placement!);

    /// <summary>Waits for all processes to finish their work and leaves in good order. Collective.</summary>
    public void Shutdown()
    {
        if (_store is null || _control is null) return;
        _control.Barrier();
        _heartbeat!.Dispose();
        _tensors?.Dispose();
        _control.Dispose();
        var left = _store.Add(LeftKey, 1);
        var clock = Stopwatch.StartNew();
        while (_placement!.ServesStore && left < Size && clock.Elapsed < FailureDiagnosis.SettlingTime)
        {
            Thread.Sleep(10);
            left = _store.Add(LeftKey, 0);
        }
        _store.Dispose();
        (_store, _control, _tensors, _heartbeat) = (null, null, null, null);
    }

    /// <summary>Ends this process's part without waiting for others; does nothing after <see cref="Shutdown"/>.</summary>
    public void Dispose() => Abandon();

    void Connect(Action<Failure?> onPeerFailure)
    {
        var clock = Stopwatch.StartNew();
        _store = _rendezvous!.OpenStore(_placement!.ServesStore);
        _store.Set(FailureDiagnosis.HostKey(Rank), Host);
        _heartbeat = new Heartbeat(_rendezvous.OpenStore(isServer: false), Rank, _period, onPeerFailure);
        _rendezvous.AwaitAll(_store, clock);
        _control = _rendezvous.CreateGroup(_store, "control", Backend.Gloo);
    }

    void Abandon()
    {
        _heartbeat?.Stop();
        _tensors?.Abandon();
        _control?.Abandon();
        (_store, _control, _tensors, _heartbeat) = (null, null, null, null);
    }
}
