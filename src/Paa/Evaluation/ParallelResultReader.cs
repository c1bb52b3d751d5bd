using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Paa.Data;

namespace Paa.Evaluation;

/// <summary>Reads a large result file in parts, on all cores.</summary>
/// <remarks>
/// The file is cut between objects, and every part is parsed as an array of its own. A cut inside a string or a nested value
/// leaves an incomplete part, so if all parts parse, all cuts were right. If a part fails for any reason, nothing is returned;
/// reading the file sequentially then tells what is wrong and where.
/// </remarks>
static class ParallelResultReader
{
    const int PartLength = 8 << 20;
    const int WindowLength = 1 << 16;           // a cut must be found within this; an object takes about a hundred bytes

    /// <summary>Reads a file.</summary>
    /// <returns>The results in the order of the file; null if it is small, or cannot be read in parts.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CocoResult[]? TryRead(string path)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        if (length < 2 * PartLength || FindCuts(file, length) is not { } cuts) return null;
        var parts = new List<CocoResult>?[cuts.Count - 1];
        Parallel.For(0, parts.Length, (i, loop) =>
        {
            parts[i] = TryReadPart(file, path, cuts[i], cuts[i + 1], isFirst: i == 0, isLast: i == parts.Length - 1);
            if (parts[i] is null) loop.Stop();
        });
        if (parts.Contains(null)) return null;
        var results = new CocoResult[parts.Sum(part => part!.Count)];
        var count = 0;
        foreach (var part in parts)
        {
            part!.CopyTo(results, count);
            count += part.Count;
        }
        return results;
    }

    /// <summary>The start of each part, a comma between objects, and then the end of the file.</summary>
    static List<long>? FindCuts(SafeFileHandle file, long length)
    {
        var cuts = new List<long> { 0 };
        var window = new byte[WindowLength];
        for (var start = (long)PartLength; start < length - PartLength; start += PartLength)
        {
            var comma = FindComma(window.AsSpan(0, ReadFully(file, window, start)));
            if (comma < 0) return null;
            cuts.Add(start + comma);
        }
        cuts.Add(length);
        return cuts;
    }

    /// <summary>The first comma between the end of an object and the start of another; -1 if there is none.</summary>
    static int FindComma(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '}') continue;
            var comma = SkipSpace(text, i + 1);
            if (comma >= text.Length || text[comma] != ',') continue;
            var next = SkipSpace(text, comma + 1);
            if (next < text.Length && text[next] == '{') return comma;
        }
        return -1;
    }

    static int SkipSpace(ReadOnlySpan<byte> text, int i)
    {
        while (i < text.Length && text[i] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') i++;
        return i;
    }

    /// <summary>Reads one part. The comma before it becomes the opening bracket; a closing bracket is added.</summary>
    static List<CocoResult>? TryReadPart(SafeFileHandle file, string path, long start, long end, bool isFirst, bool isLast)
    {
        var text = new byte[end - start + (isLast ? 0 : 1)];
        if (ReadFully(file, text.AsSpan(0, (int)(end - start)), start) != end - start) return null;
        if (!isFirst) text[0] = (byte)'[';
        if (!isLast) text[^1] = (byte)']';
        try
        {
            return CocoResults.Read(new MemoryStream(text), path);
        }
        catch (Exception error) when (error is JsonException or DataException)
        {
            return null;
        }
    }

    static int ReadFully(SafeFileHandle file, Span<byte> target, long offset)
    {
        var done = 0;
        while (done < target.Length && RandomAccess.Read(file, target[done..], offset + done) is > 0 and var read) done += read;
        return done;
    }
}
