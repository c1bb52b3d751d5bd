using System.Text;
using Paa.Torch.Internals;

namespace Paa.Torch.Distributed;

/// <summary>Values by key that several processes share: where they find each other. c10d's <c>TCPStore</c> or
/// <c>FileStore</c>.</summary>
/// <remarks>One object serves one thread at a time, and a call may wait; a thread of its own needs a connection of its
/// own.</remarks>
public sealed class Store : IDisposable
{
    Store(nint native, int port = 0) => (Handle, Port) = (new StoreHandle(native), port);

    internal StoreHandle Handle { get; }

    /// <summary>The port of a TCP store, also where the server chose it; otherwise 0.</summary>
    public int Port { get; }

    /// <summary>Opens a store that keeps its values in one process and serves the others over TCP.</summary>
    /// <param name="host">Where the server is.</param>
    /// <param name="port">Its port; 0 lets a server choose a free one.</param>
    /// <param name="isServer">Whether this process serves. The values go with it.</param>
    /// <param name="timeout">How long to wait for the server.</param>
    /// <exception cref="TorchException">The port is taken, or nobody serves there within the timeout.</exception>
    public static Store Tcp(string host, int port, bool isServer, TimeSpan timeout)
    {
        Native.Check(
            Native.paa_store_tcp(host, port, isServer ? (byte)1 : (byte)0, Milliseconds(timeout), out var result),
            $"store at {host}:{port}");
        using var probe = new StoreHandle(result);
        Native.Check(Native.paa_store_tcp_port(probe, out var chosen), "port of a store");
        probe.SetHandleAsInvalid();             // the new store owns it
        return new Store(result, chosen);
    }

    /// <summary>Opens a store in a file that all processes see.</summary>
    /// <param name="path">The file; made by the first, deleted by the last process that closes the store.</param>
    /// <param name="processes">How many open it.</param>
    /// <param name="timeout">How long to wait for values.</param>
    public static Store File(string path, int processes, TimeSpan timeout)
    {
        // Looking for a key needs the file, which libtorch makes with the first value only.
        System.IO.File.Open(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite).Dispose();
        Native.Check(Native.paa_store_file(path, processes, Milliseconds(timeout), out var result), $"store in {path}");
        return new Store(result);
    }

    /// <summary>The part of the store whose keys begin with a prefix. The caller owns it; this store may be disposed
    /// before.</summary>
    public Store Below(string prefix)
    {
        Native.Check(Native.paa_store_prefix(Handle, prefix, out var result), "part of a store");
        return new Store(result, Port);
    }

    /// <summary>Sets a value.</summary>
    public unsafe void Set(string key, string value)
    {
        var text = Encoding.UTF8.GetBytes(value);
        fixed (byte* bytes = text) Native.Check(Native.paa_store_set(Handle, key, bytes, text.Length), $"store: set {key}");
    }

    /// <summary>Whether a key has a value.</summary>
    public bool Has(string key)
    {
        Native.Check(Native.paa_store_has(Handle, key, out var result), $"store: look for {key}");
        return result != 0;
    }

    /// <summary>Waits until a key has a value.</summary>
    /// <exception cref="TorchException">It has none within the timeout, or the store is gone.</exception>
    public string Get(string key, TimeSpan timeout)
    {
        Native.Check(Native.paa_store_get(Handle, key, Milliseconds(timeout), out var result), $"store: get {key}");
        using var bytes = new Tensor(result);
        return Encoding.UTF8.GetString(bytes.ToBytes());
    }

    /// <summary>Adds to a number and returns the sum; a key without a value counts as 0. One process after the other.</summary>
    public long Add(string key, long amount)
    {
        Native.Check(Native.paa_store_add(Handle, key, amount, out var result), $"store: add to {key}");
        return result;
    }

    /// <summary>Closes the connection; a server takes its values with it.</summary>
    public void Dispose() => Handle.Dispose();

    internal static long Milliseconds(TimeSpan timeout) => Math.Max(1, (long)timeout.TotalMilliseconds);
}
