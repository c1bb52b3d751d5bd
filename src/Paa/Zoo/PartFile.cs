using System.Security.Cryptography;
using Paa.Platform;

namespace Paa.Zoo;

/// <summary>
/// The beginning of a download, <c>NAME.part</c> beside its final name. Only one process has it open at a time.
/// </summary>
sealed class PartFile : IDisposable
{
    static readonly TimeSpan TurnInterval = TimeSpan.FromMilliseconds(100);

    readonly string _target;
    readonly string _path;
    readonly FileStream _stream;

    PartFile(string target, string path, FileStream stream) => (_target, _path, _stream) = (target, path, stream);

    /// <summary>Bytes received.</summary>
    public long Length => _stream.Length;

    /// <summary>
    /// Opens the part left by an earlier attempt or a new one; waits while another download of the same file runs.
    /// </summary>
    /// <param name="target">The final name; its folder exists.</param>
    /// <param name="stop">Cancels the wait.</param>
    /// <returns>The part, owned by the caller; null if the file exists under its final name.</returns>
    public static async Task<PartFile?> OpenAsync(string target, CancellationToken stop)
    {
        var path = target + ".part";
        while (!File.Exists(target))
        {
            stop.ThrowIfCancellationRequested();
            if (TryOpen(path) is not { } stream)
            {
                await Task.Delay(TurnInterval, stop).ConfigureAwait(false);
                continue;
            }
            var part = new PartFile(target, path, stream);
            if (!File.Exists(target)) return part;
            part.Delete();                                      // the other download finished between the two checks
            part.Dispose();
        }
        return null;
    }

    /// <summary>Appends received bytes.</summary>
    public ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        _stream.Seek(0, SeekOrigin.End);
        return _stream.WriteAsync(bytes, stop);
    }

    /// <summary>Discards all received bytes.</summary>
    public void Clear() => _stream.SetLength(0);

    /// <summary>The SHA-256 of everything received, in lower-case hex digits.</summary>
    public string Hash()
    {
        _stream.Seek(0, SeekOrigin.Begin);
        return Convert.ToHexStringLower(SHA256.HashData(_stream));
    }

    /// <summary>Flushes the file to disk and gives it its final name.</summary>
    public void Complete() => AtomicFile.Complete(_stream, _target);        // while locked: nobody begins a second download

    /// <summary>Removes the file.</summary>
    public void Delete() => File.Delete(_path);

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Opens the file; null if another process or thread has it open.</summary>
    static FileStream? TryOpen(string path)
    {
        const int WouldBlock = 11, SharingViolation = 32;       // EWOULDBLOCK of flock, ERROR_SHARING_VIOLATION
        try
        {
            return new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.ReadWrite, AtomicFile.ExclusiveShare, bufferSize: 0, useAsync: true);
        }
        catch (IOException error) when ((error.HResult & 0xffff) is WouldBlock or SharingViolation)
        {
            return null;
        }
    }
}
