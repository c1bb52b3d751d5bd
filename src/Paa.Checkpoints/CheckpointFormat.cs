using System.Buffers.Binary;
using System.Text;

namespace Paa.Checkpoints;

/// <summary>The formats of checkpoint files.</summary>
public enum CheckpointFormat
{
    /// <summary><c>.pth</c> of PyTorch 1.6 and later: a zip archive.</summary>
    Zip,

    /// <summary><c>.pth</c> of earlier versions: pickles in a row, then the elements. Every PyTorch reads it, and MMDetection
    /// published its files so.</summary>
    Legacy,

    /// <summary>Tensors and texts only.</summary>
    Safetensors,
}

/// <summary>Tells from its first bytes what a file is.</summary>
static class FileKind
{
    /// <summary>How many bytes from the start are looked at.</summary>
    public const int HeadLength = 512;

    /// <summary>The format of a file that begins with these bytes.</summary>
    /// <exception cref="CheckpointException">It is no checkpoint; the message says what it is instead.</exception>
    public static CheckpointFormat Detect(ReadOnlySpan<byte> head) => head switch
    {
        _ when IsSafetensors(head) => CheckpointFormat.Safetensors,
        [(byte)'P', (byte)'K', ..] => CheckpointFormat.Zip,
        [0x80, ..] => CheckpointFormat.Legacy,           // PROTO, the first instruction of a pickle
        _ => throw Explain(head),
    };

    static CheckpointException Explain(ReadOnlySpan<byte> head)
    {
        var text = Encoding.Latin1.GetString(head).TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\t', '\r', '\n');
        return new(text switch
        {
            "" => "is empty.",
            _ when text.StartsWith('<') =>
                "is a web page, not a checkpoint: the download led to an error or a log-in page. Download it again.",
            _ when text.StartsWith("version https://git-lfs", StringComparison.Ordinal) =>
                "is a Git LFS pointer; run 'git lfs pull' to get the file itself.",
            _ when head is [0x1f, 0x8b, ..] => "is compressed by gzip; run 'gunzip' on it first.",
            _ when IsTar(head) => "is of PyTorch before 0.1.10 (a tar archive); load and save it again with a later PyTorch.",
            _ when head is [0x89, (byte)'H', (byte)'D', (byte)'F', ..] =>
                "is an HDF5 file (Keras?), not one that torch.save wrote.",
            _ => $"is no checkpoint of PyTorch: it begins with the bytes "
                + $"{Convert.ToHexStringLower(head[..Math.Min(head.Length, 8)])}.",
        });
    }

    /// <summary>Whether a file begins with the length of a header and a JSON object.</summary>
    static bool IsSafetensors(ReadOnlySpan<byte> head) =>
        head.Length > 8 && head[8] == (byte)'{' && BinaryPrimitives.ReadUInt64LittleEndian(head) <= SafetensorsFile.MaxHeader;

    static bool IsTar(ReadOnlySpan<byte> head) => head.Length >= 262 && head.Slice(257, 5).SequenceEqual("ustar"u8);
}
