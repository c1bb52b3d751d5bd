using System.Security.Cryptography;
using Paa.Platform;

namespace Paa.Zoo;

/// <summary>The beginning of a download, <c>NAME.part</c> beside its final name; open in one process at a time.</summary>
sealed class PartFile : IDisposable
{
    static readonly TimeSpan TurnInterval = TimeSpan.FromMilliseconds(100);

    readonly string _target;
    readonly string _path;
    readonly FileStream _stream;

    PartFile(string target, string path, FileStream stream) => (_target, _path, _stream) = (target, path, stream);

    /// <summary>Bytes received.</summary>
    public long Length => _stream.Length;

    /// <summary>Opens what an earlier attempt left, or begins; waits while another download of the same file goes on.</summary>
    /// <param name="target">The final name; its folder exists.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <returns>Null if the file is there under its final name. The caller owns it.</returns>
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
            part.Delete();                                      // the other one finished between the two looks
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

    /// <summary>Forgets everything received.</summary>
    public void Clear() => _stream.SetLength(0);

    /// <summary>The SHA-256 of everything received, in lower-case hex digits.</summary>
    public string Hash()
    {
        _stream.Seek(0, SeekOrigin.Begin);
        return Convert.ToHexStringLower(SHA256.HashData(_stream));
    }

    /// <summary>Gives the file its final name, when its bytes are on the disk.</summary>
    public void Complete() => AtomicFile.Complete(_stream, _target);        // while open and locked: nobody begins a second one

    /// <summary>Removes the file.</summary>
    public void Delete() => File.Delete(_path);

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Null where another process or thread has it open.</summary>
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
