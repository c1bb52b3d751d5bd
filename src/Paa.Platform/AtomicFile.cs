using System.Runtime.InteropServices;
using System.Text;

namespace Paa.Platform;

/// <summary>Writes files whole or not at all: a crash, a full disk or an error leaves the old file as it was.</summary>
public static partial class AtomicFile
{
    const PosixSignal FileTooLarge = (PosixSignal)25;    // SIGXFSZ

    /// <summary>Makes a file beyond the shell's limit (<c>ulimit -f</c>) an error; the system would end the process.</summary>
    static readonly PosixSignalRegistration? IgnoreLimit = OperatingSystem.IsWindows()
        ? null : PosixSignalRegistration.Create(FileTooLarge, context => context.Cancel = true);

    /// <summary>Writes a file: to <c>.NAME.tmp</c> beside it, flushed to the disk, then renamed over it.</summary>
    /// <param name="path">Replaced if it exists; a symbolic link stays and its target is replaced. Its folder must exist.</param>
    /// <param name="write">Writes the content; the stream is buffered. If it throws, the temporary file goes.</param>
    /// <exception cref="FileWriteException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, OpenTemporary);

    /// <summary>Writes a text file in UTF-8; see <see cref="Write(string, Action{Stream})"/>.</summary>
    /// <param name="path">Replaced if it exists.</param>
    /// <param name="text">The content.</param>
    /// <exception cref="FileWriteException">The file cannot be written.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>The last step alone, for a file that was written over a longer time: flushes it to the disk and gives it its
    /// final name.</summary>
    /// <param name="stream">Opened with <see cref="ExclusiveShare"/>; it stays open, so no other writer takes the name meanwhile.
    /// Borrowed.</param>
    /// <param name="target">The final name, in the same folder. Replaced if it exists.</param>
    /// <exception cref="IOException">The file cannot be flushed or renamed.</exception>
    public static void Complete(FileStream stream, string target)
    {
        stream.Flush(flushToDisk: true);
        File.Move(stream.Name, target, overwrite: true);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(target))!);
    }

    /// <summary>Keeps every other reader and writer away from an open file, and still lets it be renamed.</summary>
    public static FileShare ExclusiveShare => OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;

    /// <summary>As <see cref="Write(string, Action{Stream})"/>, with the temporary file opened by the caller.</summary>
    internal static void Write(string path, Action<Stream> write, Func<string, FileStream> open)
    {
        var target = new FileInfo(path) is { LinkTarget: not null } link
            ? link.ResolveLinkTarget(true)!.FullName : Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(target) ?? throw new FileWriteException(path, "is a folder; name a file in it.");
        // Always the same name: a file that a killed process left is overwritten.
        var temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.tmp");
        FileStream? stream = null;
        try
        {
            GC.KeepAlive(IgnoreLimit);
            stream = open(temporary);
            write(stream);
            Complete(stream, target);                    // while open and locked: no other writer takes the name
            stream.Dispose();
        }
        catch (Exception error)
        {
            if (stream is not null) Discard(stream, temporary);
            if (error is IOException or UnauthorizedAccessException || IsTooLarge(error)) throw Explain(path, error);
            throw;
        }
    }

    static FileStream OpenTemporary(string path) =>
        new(path, FileMode.Create, FileAccess.Write, ExclusiveShare, bufferSize: 1 << 16);

    static void Discard(FileStream stream, string temporary)
    {
        File.Delete(temporary);
        try
        {
            stream.Dispose();                            // flushes its buffer, which fails again on a full disk
        }
        catch (Exception error) when (error is IOException || IsTooLarge(error))
        {
        }
    }

    /// <summary>What <see cref="FileStream"/> throws where the system answers EFBIG.</summary>
    static bool IsTooLarge(Exception error) =>
        error is ArgumentOutOfRangeException { ParamName: "value", Source: "System.Private.CoreLib" };

    static FileWriteException Explain(string path, Exception error)
    {
        const int noSpace = 28, windowsNoSpace = 112, quota = 122;                    // ENOSPC, ERROR_DISK_FULL, EDQUOT
        var reason = (error.HResult & 0xffff) switch
        {
            noSpace or windowsNoSpace => "the disk is full",
            quota => "the disk quota is used up",
            _ => error switch
            {
                ArgumentOutOfRangeException => "the file is larger than the system allows (see 'ulimit -f')",
                DirectoryNotFoundException => "its folder does not exist",
                UnauthorizedAccessException => "it may not be written there",
                _ => error.Message,
            },
        };
        var consolation = File.Exists(path) ? " The old file is unchanged." : "";
        return new FileWriteException(path, $"cannot be written: {reason}.{consolation}", error);
    }

    /// <summary>Makes the rename itself survive a power failure. .NET has no call for it, and Windows needs none.</summary>
    static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(folder, flags: 0);
        if (descriptor < 0) return;                      // a folder one may write to but not list
        _ = Flush(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}

/// <summary>A file that could not be written: which one, why, and that the old one is unchanged.</summary>
/// <param name="path">As the caller named it.</param>
/// <param name="problem">A sentence that follows the path.</param>
/// <param name="cause">The error of the file system, if there was one.</param>
public sealed class FileWriteException(string path, string problem, Exception? cause = null)
    : IOException($"{path}: {problem}", cause)
{
    /// <summary>The message without the path.</summary>
    public string Problem { get; } = problem;
}
