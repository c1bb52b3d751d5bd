using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Paa.Checkpoints;

/// <summary>A file being read: any part of it, with every length checked against the file's.</summary>
/// <remarks>
/// Large storages keep the file open and read their elements from it on demand. They go on reading the file that was opened, even
/// if its name is deleted or given to another file, as a training run does with <c>best.pth</c>. The garbage collector closes the
/// file when the last storage that needs it is gone.
/// </remarks>
sealed class CheckpointFile : IDisposable
{
    const int ChunkSize = 1 << 18;

    readonly string _path;
    readonly SafeFileHandle _handle;
    bool _isHeld;

    /// <summary>Opens a file. Others may still replace or delete it.</summary>
    /// <exception cref="CheckpointException">There is none, or it cannot be opened.</exception>
    public CheckpointFile(string path)
    {
        _path = path;
        try
        {
            _handle = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            Length = RandomAccess.GetLength(_handle);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CheckpointException("there is no such file.", path, error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new CheckpointException(Directory.Exists(path)
                ? "is a folder, not a checkpoint file." : "may not be read.", path, error);
        }
        catch (Exception error) when (error is IOException or NotSupportedException or ArgumentException)
        {
            throw new CheckpointException($"cannot be opened: {error.Message}", path, error);
        }
    }

    /// <summary>Length of the file in bytes when it was opened.</summary>
    public long Length { get; }

    /// <summary>Opens a file, finds out its format and reads it. Closes it unless a storage still needs it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Makes the result from the file and its format.</param>
    /// <exception cref="CheckpointException">The file is missing or of no known format, or <paramref name="read"/> refuses it.
    /// The message names the file.</exception>
    public static T Read<T>(string path, Func<CheckpointFile, CheckpointFormat, T> read)
    {
        var file = new CheckpointFile(path);
        try
        {
            var result = read(file, FileKind.Detect(file.Read(0, Math.Min(FileKind.HeadLength, file.Length))));
            if (!file._isHeld) file.Dispose();
            return result;
        }
        catch (Exception error)
        {
            file.Dispose();
            if (error is CheckpointException own) throw own.In(path);
            throw;
        }
    }

    /// <summary>Keeps the file open for a storage that reads from it later.</summary>
    public void Hold() => _isHeld = true;

    /// <summary>Makes sure that a part lies inside of the file and fits into an array.</summary>
    /// <exception cref="CheckpointException">It does not.</exception>
    public void Check(long offset, long count)
    {
        if (offset < 0 || count < 0 || count > Length - offset)
            throw new CheckpointException("ends too early; it was cut off. Copy or download it again.", _path);
        if (count > Array.MaxLength) throw new CheckpointException($"has a part of {count} bytes; up to 2 GB are read.", _path);
    }

    /// <summary>Reads a part of the file into a new array.</summary>
    /// <exception cref="CheckpointException">The file ends before, or cannot be read.</exception>
    public byte[] Read(long offset, long count)
    {
        Check(offset, count);
        var bytes = GC.AllocateUninitializedArray<byte>((int)count);
        Read(offset, bytes);
        return bytes;
    }

    /// <summary>Reads a part of the file into memory of the caller.</summary>
    /// <exception cref="CheckpointException">The file ends before, or cannot be read.</exception>
    public void Read(long offset, Span<byte> target)
    {
        Check(offset, target.Length);
        try
        {
            while (target.Length > 0)
            {
                var count = RandomAccess.Read(_handle, target, offset);
                if (count == 0) throw new CheckpointException("became shorter while it was read.", _path);
                target = target[count..];
                offset += count;
            }
        }
        catch (IOException error)
        {
            throw new CheckpointException($"cannot be read: {error.Message}", _path, error);
        }
    }

    /// <summary>Hands over a part of the file piece by piece, through one small buffer.</summary>
    /// <exception cref="CheckpointException">The file ends before, or cannot be read.</exception>
    public void Visit(long offset, long count, Action<ReadOnlySpan<byte>> visit)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(count, ChunkSize));
        try
        {
            for (var end = offset + count; offset < end;)
            {
                var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - offset));
                Read(offset, piece);
                visit(piece);
                offset += piece.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
