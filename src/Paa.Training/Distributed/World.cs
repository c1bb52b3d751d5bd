using System.Diagnostics;
using System.Globalization;
using System.Text;
using Paa.Checkpoints;
using Paa.Torch;
using Paa.Torch.Distributed;

namespace Paa.Training.Distributed;

/// <summary>The processes of a run, seen from one of them.</summary>
/// <remarks>
/// A run in one process has a world, too (<see cref="Single"/>), in which every collective method returns this process's own
/// input. Every process calls the collective methods in the same order. A collective method fails if a process does not come
/// within the timeout.
/// </remarks>
public sealed class World : IDisposable
{
    /// <summary>Key of the store that counts the processes that shut down normally.</summary>
    public const string LeftKey = "left";

    static readonly TimeSpan LongestPeriod = TimeSpan.FromSeconds(1);

    readonly Placement? _placement;
    readonly Rendezvous? _rendezvous;
    readonly TimeSpan _timeout;
    readonly TimeSpan _period;
    Store? _store;
    ProcessGroup? _control;     // for small messages, on the CPU whatever the device of the tensors
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

    /// <summary>Name of this machine.</summary>
    public static string Host => Environment.MachineName;

    /// <summary>Index of this process, from 0.</summary>
    public int Rank { get; }

    /// <summary>Number of processes.</summary>
    public int Size { get; } = 1;

    /// <summary>Index of this process on its machine, from 0.</summary>
    public int LocalRank { get; }

    /// <summary>Number of processes on this machine.</summary>
    public int LocalSize { get; } = 1;

    /// <summary>Whether this process writes files and talks to the user.</summary>
    public bool IsMain => Rank == 0;

    /// <summary>Whether there is no other process.</summary>
    public bool IsSingle => Size == 1;

    /// <summary>Joins the other processes; returns when all have joined.</summary>
    /// <param name="placement">The place of this process, and the address of the store.</param>
    /// <param name="timeout">Longest wait for another process, now and later.</param>
    /// <param name="onPeerFailure">
    /// Called on a separate thread when another process has failed; with null if the store is gone.
    /// </param>
    /// <exception cref="DistributedException">Not all processes came; the message names the missing ones.</exception>
    /// <exception cref="PeerFailureException">Another process failed in the meantime.</exception>
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

    /// <summary>The c10d process group for tensors on a device: NCCL for CUDA, Gloo for the CPU. Borrowed.</summary>
    /// <param name="device">The device; the same in every call.</param>
    /// <exception cref="InvalidOperationException">There is no other process.</exception>
    public ProcessGroup GroupFor(Device device)
    {
        if (_store is null) throw new InvalidOperationException("World: one process has no group.");
        return _tensors ??= _rendezvous!.CreateGroup(_store, "tensors", device.IsCuda ? Backend.Nccl : Backend.Gloo);
    }

    /// <summary>Sums each of some numbers over all processes. Collective.</summary>
    public double[] Sum(params double[] values)
    {
        if (_control is null) return values;
        using var tensor = Tensor.From(values, values.Length);
        return _control.AllReduce(tensor).ToArray<double>();
    }

    /// <summary>The mean of each element over all processes: a new tensor, outside the graph, owned. Collective.</summary>
    /// <param name="tensor">A tensor on the device of the run or on the CPU. Borrowed.</param>
    public Tensor Average(Tensor tensor)
    {
        using var scope = new TensorScope();
        var copy = tensor.Detach().Clone();
        if (IsSingle) return scope.Keep(copy);
        var group = tensor.Device.IsCpu ? _control! : GroupFor(tensor.Device);
        return scope.Keep(group.AllReduce(copy) * (1.0 / Size));
    }

    /// <summary>Gathers the bytes of every process, in the order of ranks. Collective.</summary>
    public byte[][] Gather(ReadOnlySpan<byte> bytes) => _control?.AllGather(bytes) ?? [bytes.ToArray()];

    /// <summary>Sends a text from the main process to all. Collective.</summary>
    /// <param name="text">The text; only that of the main process counts.</param>
    public string? Broadcast(string? text)
    {
        if (IsSingle) return text;
        var bytes = IsMain && text is not null ? Encoding.UTF8.GetBytes("+" + text) : [];
        var received = Gather(bytes)[0];
        return received.Length == 0 ? null : Encoding.UTF8.GetString(received.AsSpan(1));
    }

    /// <summary>
    /// Reads a file of the main process in every process: at its path, or from a copy on machines that cannot access it.
    /// Collective.
    /// </summary>
    /// <param name="path">Path on the main process.</param>
    /// <param name="read">Reads the file at a path.</param>
    public T ReadFile<T>(string path, Func<string, T> read)
    {
        if (IsSingle) return read(path);
        var size = Broadcast(IsMain ? new FileInfo(path).Length.ToString(CultureInfo.InvariantCulture) : null)!;
        var length = long.Parse(size, CultureInfo.InvariantCulture);
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

    /// <summary>
    /// Reports what this process does from now on. A failure message names this phase if the process does not get beyond it.
    /// </summary>
    /// <param name="phase">Description of the phase.</param>
    /// <param name="isShared">Whether all processes reach this phase; one that does not is then known to be behind.</param>
    public void Heartbeat(string phase, bool isShared = true) => _heartbeat?.Report(phase, isShared);

    /// <summary>
    /// Waits a moment for another process to report a failure, which would be the cause of an error found here.
    /// </summary>
    /// <exception cref="PeerFailureException">Another process has failed.</exception>
    public void ThrowIfPeerFailed()
    {
        if (_store is not null && new FailureBoard(_store).Await(FailureDiagnosis.SettlingTime) is { } failure)
            throw new PeerFailureException(failure);
    }

    /// <summary>Determines why the job ends after an error on this process, and informs the others.</summary>
    /// <param name="error">The exception thrown here.</param>
    /// <param name="cause">The same in words for the user.</param>
    /// <returns>The failure, and whether this process must print it; exactly one process must.</returns>
    public (Failure Failure, bool IsReporter) Explain(Exception error, string cause)
    {
        if (error is PeerFailureException peer) return (peer.Failure, false);
        var own = new Failure(Rank, Host, cause, Rank);
        return _store is null ? (own, true)
            : new FailureDiagnosis(_store, _placement!, _heartbeat, _timeout, _period).Explain(own, CommunicationError.Is(error));
    }

    /// <summary>The failure to report if the process that keeps the store does not answer.</summary>
    public Failure StoreIsGone() => FailureDiagnosis.StoreIsGone(_placement!);

    /// <summary>Waits until all processes have finished their work, then shuts down normally. Collective.</summary>
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

    /// <summary>Leaves without waiting for others; does nothing after <see cref="Shutdown"/>.</summary>
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
