using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

// Every native declaration uses blittable types only, so the runtime's own marshalling would add nothing but time.
[assembly: DisableRuntimeMarshalling]

namespace Paa.Torch.Internals;

/// <summary>The C functions of native/torch/paa_torch.h, under their own names. What they do is said there.</summary>
static unsafe partial class Native
{
    internal const string Library = "paa_torch";

    static Native() => NativeLoader.Register();

    [LibraryImport(Library)] internal static partial nint paa_last_error();

    [LibraryImport(Library)] internal static partial void paa_tensor_free(nint tensor);
    [LibraryImport(Library)] internal static partial long paa_live_tensors();
    [LibraryImport(Library)] internal static partial int paa_tensor_describe(TensorHandle tensor, NativeTensorInfo* info);
    [LibraryImport(Library)]
    internal static partial int paa_tensor_from(void* bytes, long* sizes, int rank, int type, out nint result);
    [LibraryImport(Library)] internal static partial int paa_tensor_read(TensorHandle tensor, void* bytes, long length);
    [LibraryImport(Library)] internal static partial int paa_tensor_write(TensorHandle tensor, void* bytes, long length);
    [LibraryImport(Library)] internal static partial int paa_tensor_alias(TensorHandle tensor, out nint result);
    [LibraryImport(Library)] internal static partial int paa_tensor_alias(nint tensor, out nint result);

    [LibraryImport(Library)] internal static partial int paa_operator_find(byte* name, out nint result);
    [LibraryImport(Library)]
    internal static partial int paa_invoke(
        nint op, NativeArgument* arguments, int length, nint* results, int capacity, out int count);
    [LibraryImport(Library)] internal static partial int paa_remaining_results(nint* results, int capacity);

    [LibraryImport(Library)]
    internal static partial int paa_tensor_backward(TensorHandle tensor, TensorHandle gradient, byte keepGraph);
    [LibraryImport(Library)] internal static partial int paa_tensor_set_requires_grad(TensorHandle tensor, byte value);
    [LibraryImport(Library)] internal static partial int paa_tensor_gradient(TensorHandle tensor, out nint result);
    [LibraryImport(Library)] internal static partial int paa_tensor_set_gradient(TensorHandle tensor, TensorHandle gradient);
    [LibraryImport(Library)]
    internal static partial int paa_checkpoint(
        TensorHandle input, delegate* unmanaged<nint, nint, nint*, byte*, int, int> segment, nint state,
        delegate* unmanaged<nint, void> release, out nint result);
    [LibraryImport(Library)] internal static partial byte paa_grad_mode();
    [LibraryImport(Library)] internal static partial void paa_set_grad_mode(byte enabled);
    [LibraryImport(Library)]
    internal static partial int paa_autocast_begin(int deviceType, int type, out byte previousEnabled, out int previousType);
    [LibraryImport(Library)] internal static partial int paa_autocast_end(int deviceType, byte previousEnabled, int previousType);

    [LibraryImport(Library)] internal static partial int paa_host_waits_begin();
    [LibraryImport(Library)] internal static partial long paa_host_waits();
    [LibraryImport(Library)] internal static partial int paa_host_waits_end();

    [LibraryImport(Library)] internal static partial nint paa_torch_version();
    [LibraryImport(Library)] internal static partial nint paa_build_info();
    [LibraryImport(Library)] internal static partial byte paa_trains_on_dnnl();
    [LibraryImport(Library)] internal static partial byte paa_computes_in_blocks(TensorHandle input);
    [LibraryImport(Library)] internal static partial int paa_threads();
    [LibraryImport(Library)] internal static partial int paa_set_threads(int count);
    [LibraryImport(Library)] internal static partial int paa_set_own_threads(int count, out int before);
    [LibraryImport(Library)] internal static partial int paa_manual_seed(ulong seed);
    [LibraryImport(Library)] internal static partial int paa_generator_create(NativeDevice device, ulong seed, out nint result);
    [LibraryImport(Library)] internal static partial void paa_generator_free(nint generator);

    [LibraryImport(Library)] internal static partial int paa_cuda_devices(out int count);
    [LibraryImport(Library)] internal static partial nint paa_cuda_version();
    [LibraryImport(Library)] internal static partial int paa_cuda_synchronize(int device);
    [LibraryImport(Library)] internal static partial int paa_cuda_memory(int device, out long allocated, out long peak);
    [LibraryImport(Library)] internal static partial int paa_cuda_reset_peak(int device);

    [LibraryImport(Library)] internal static partial int paa_distributed_backends();
    [LibraryImport(Library)] internal static partial nint paa_nccl_version();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int paa_store_tcp(string host, int port, byte isServer, long timeoutMs, out nint result);
    [LibraryImport(Library)] internal static partial int paa_store_tcp_port(StoreHandle store, out int port);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int paa_store_file(string path, int processes, long timeoutMs, out nint result);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int paa_store_prefix(StoreHandle store, string prefix, out nint result);
    [LibraryImport(Library)] internal static partial void paa_store_free(nint store);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int paa_store_set(StoreHandle store, string key, byte* bytes, long length);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int paa_store_has(StoreHandle store, string key, out byte result);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int paa_store_get(StoreHandle store, string key, long timeoutMs, out nint result);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int paa_store_add(StoreHandle store, string key, long amount, out long result);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int paa_group_create(
        StoreHandle store, int backend, int rank, int size, long timeoutMs, string? address, out nint result);
    [LibraryImport(Library)] internal static partial void paa_group_free(nint group);
    [LibraryImport(Library)]
    internal static partial int paa_group_all_reduce(GroupHandle group, TensorHandle tensor, int reduction);
    [LibraryImport(Library)] internal static partial int paa_group_broadcast(GroupHandle group, TensorHandle tensor, int root);
    [LibraryImport(Library)]
    internal static partial int paa_group_all_gather(GroupHandle group, TensorHandle tensor, nint* results);
    [LibraryImport(Library)] internal static partial int paa_group_barrier(GroupHandle group, long timeoutMs);

    [LibraryImport(Library)]
    internal static partial int paa_reducer_create(
        GroupHandle group, nint* parameters, int count, long firstBucketBytes, long bucketBytes, out nint result);
    [LibraryImport(Library)] internal static partial void paa_reducer_free(nint reducer);
    [LibraryImport(Library)] internal static partial int paa_reducer_prepare_forward(ReducerHandle reducer);
    [LibraryImport(Library)] internal static partial int paa_reducer_prepare_backward(ReducerHandle reducer);
    [LibraryImport(Library)]
    internal static partial int paa_reducer_buckets(ReducerHandle reducer, long* bytes, int capacity, out int count);
    [LibraryImport(Library)] internal static partial int paa_reducer_times(ReducerHandle reducer, long* times);

    [LibraryImport(Library)]
    internal static partial int paa_sync_batch_norm(
        GroupHandle group, TensorHandle input, TensorHandle weight, TensorHandle bias, TensorHandle runningMean,
        TensorHandle runningVar, double momentum, double epsilon, out nint result);

    /// <summary>Turns a status other than 0 into a <see cref="TorchException"/>.</summary>
    /// <param name="status">What the native function returned.</param>
    /// <param name="operation">What was tried, for the message.</param>
    internal static void Check(int status, string operation)
    {
        if (status != 0) throw new TorchException(operation, LastError());
    }

    /// <summary>This thread's message of the last failure. The library owns the native string.</summary>
    internal static string LastError() => Text(paa_last_error());

    /// <summary>Copies a zero-terminated UTF-8 string that the library owns.</summary>
    internal static string Text(nint pointer) =>
        Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)pointer));
}
