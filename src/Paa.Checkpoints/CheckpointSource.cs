using Microsoft.Win32.SafeHandles;

namespace Paa.Checkpoints;

/// <summary>A file being read: any part of it, with every length checked against the file's.</summary>
sealed class CheckpointSource : IDisposable
{
    readonly SafeFileHandle _handle;

    /// <summary>Opens a file.</summary>
    /// <exception cref="CheckpointException">There is none, or it cannot be opened.</exception>
    public CheckpointSource(string path)
    {
        try
        {
            _handle = File.OpenHandle(path);
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

    /// <summary>Length of the file in bytes.</summary>
    public long Length { get; }

    /// <summary>Reads a part of the file.</summary>
    /// <exception cref="CheckpointException">The file ends before, or cannot be read.</exception>
    public byte[] Read(long offset, long count)
    {
        if (offset < 0 || count < 0 || count > Length - offset)
            throw new CheckpointException("ends too early; it was cut off. Copy or download it again.");
        if (count > Array.MaxLength) throw new CheckpointException($"has a part of {count} bytes; up to 2 GB are read.");
        var bytes = GC.AllocateUninitializedArray<byte>((int)count);
        try
        {
            for (var done = 0; done < bytes.Length;)
            {
                var read = RandomAccess.Read(_handle, bytes.AsSpan(done), offset + done);
                if (read == 0) throw new CheckpointException("became shorter while it was read.");
                done += read;
            }
        }
        catch (IOException error)
        {
            throw new CheckpointException($"cannot be read: {error.Message}", null, error);
        }
        return bytes;
    }

    /// <summary>A buffered stream over the file, from its start. Closes the file with it.</summary>
    public Stream OpenStream() => new FileStream(_handle, FileAccess.Read, bufferSize: 1 << 16);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
