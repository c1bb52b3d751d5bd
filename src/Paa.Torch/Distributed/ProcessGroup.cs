using Paa.Torch.Internals;

namespace Paa.Torch.Distributed;

/// <summary>Processes that compute together: c10d's process group.</summary>
/// <remarks>
/// Every process calls the same methods on it in the same order. A call waits for the others, at most for the group's timeout.
/// After a failure the group is of no further use.
/// </remarks>
public sealed class ProcessGroup : IDisposable
{
    /// <summary>Joins a group; returns when all processes have.</summary>
    /// <param name="store">Where they meet; each group needs keys of its own, see <see cref="Store.Below"/>. Borrowed.</param>
    /// <param name="backend">What carries its messages.</param>
    /// <param name="rank">Number of this process, from 0.</param>
    /// <param name="size">How many processes there are.</param>
    /// <param name="timeout">The longest wait of any call.</param>
    /// <param name="address">Address of this machine that the others reach; null: the one its host name resolves to.</param>
    /// <exception cref="TorchException">Not all processes came, or the backend is not in this build.</exception>
    public ProcessGroup(Store store, Backend backend, int rank, int size, TimeSpan timeout, string? address = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, size);
        (Rank, Size, Backend, Timeout) = (rank, size, backend, timeout);
        Native.Check(
            Native.paa_group_create(store.Handle, (int)backend, rank, size, Store.Milliseconds(timeout), address, out var result),
            $"process group ({backend}, rank {rank} of {size})");
        Handle = new GroupHandle(result);
    }

    internal GroupHandle Handle { get; }

    /// <summary>Number of this process, from 0.</summary>
    public int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public int Size { get; }

    /// <summary>What carries the messages.</summary>
    public Backend Backend { get; }

    /// <summary>The longest wait of any call.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Replaces a tensor, in place, by the sum (or another reduction) of those of all processes.</summary>
    /// <param name="tensor">Of one shape and type everywhere. Changed.</param>
    /// <param name="reduction">How values become one.</param>
    /// <returns>The same tensor.</returns>
    public Tensor AllReduce(Tensor tensor, Reduction reduction = Reduction.Sum)
    {
        Native.Check(Native.paa_group_all_reduce(Handle, tensor.Handle, (int)reduction), $"all-reduce of {tensor}");
        return tensor;
    }

    /// <summary>Replaces a tensor, in place, by that of one process.</summary>
    /// <param name="tensor">Of one shape and type everywhere. Changed, except on the root.</param>
    /// <param name="root">Rank of the process that gives.</param>
    /// <returns>The same tensor.</returns>
    public Tensor Broadcast(Tensor tensor, int root = 0)
    {
        Native.Check(Native.paa_group_broadcast(Handle, tensor.Handle, root), $"broadcast of {tensor}");
        return tensor;
    }

    /// <summary>The tensors of all processes, in the order of their ranks.</summary>
    /// <param name="tensor">Of one shape and type everywhere. Borrowed.</param>
    /// <returns>One tensor a process, owned.</returns>
    public unsafe Tensor[] AllGather(Tensor tensor)
    {
        var results = new nint[Size];
        fixed (nint* pointer = results)
            Native.Check(Native.paa_group_all_gather(Handle, tensor.Handle, pointer), $"all-gather of {tensor}");
        return Array.ConvertAll(results, result => new Tensor(result));
    }

    /// <summary>The bytes of all processes, in the order of their ranks; lengths may differ.</summary>
    /// <param name="bytes">What this process gives.</param>
    public byte[][] AllGather(ReadOnlySpan<byte> bytes)
    {
        using var scope = new TensorScope();
        var device = Backend == Backend.Nccl ? Device.Cuda() : Device.Cpu;
        var lengths = Array.ConvertAll(
            AllGather(Tensor.From([(long)bytes.Length], 1).To(device)), length => checked((int)length.ToInt64()));
        var padded = new byte[Math.Max(1, lengths.Max())];          // the messages of a collective have one size
        bytes.CopyTo(padded);
        var all = AllGather(Tensor.From(padded, padded.Length).To(device));
        return [.. all.Select((one, rank) => one.ToBytes()[..lengths[rank]])];
    }

    /// <summary>Waits until every process is here.</summary>
    /// <param name="timeout">How long; null: the group's timeout.</param>
    /// <exception cref="TorchException">Somebody did not come; with Gloo the message on rank 0 names who.</exception>
    public void Barrier(TimeSpan? timeout = null) =>
        Native.Check(Native.paa_group_barrier(Handle, Store.Milliseconds(timeout ?? Timeout)), "barrier");

    /// <summary>Leaves the group after waiting for work that it has begun.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>Gives the group up without waiting, after a failure: its memory and threads stay until the process ends.</summary>
    public void Abandon() => Handle.SetHandleAsInvalid();
}

/// <summary>What carries the messages of a process group.</summary>
public enum Backend
{
    /// <summary>Gloo: tensors on the CPU, over TCP.</summary>
    Gloo = 1,

    /// <summary>NCCL: tensors on CUDA devices.</summary>
    Nccl = 2,
}

/// <summary>How values of several processes become one.</summary>
public enum Reduction
{
    /// <summary>The sum.</summary>
    Sum = 0,

    /// <summary>The smallest.</summary>
    Min = 1,

    /// <summary>The largest.</summary>
    Max = 2,
}

/// <summary>The backends of this build.</summary>
public static class Backends
{
    /// <summary>Whether the native library was built with a backend.</summary>
    public static bool Has(Backend backend) => (Native.paa_distributed_backends() & (1 << (int)backend)) != 0;

    /// <summary>The version of libtorch's NCCL, as "2.22.3"; null without.</summary>
    public static string? NcclVersion => Native.Text(Native.paa_nccl_version()) is { Length: > 0 } version ? version : null;
}
