using System.IO.Compression;
using System.Text;

namespace Paa.Tests.Checkpoints;

/// <summary>Checkpoint files made by hand around any pickle, well-formed or not.</summary>
static class PickleFile
{
    /// <summary>A pickle: protocol 2, the instructions, and the end.</summary>
    public static byte[] Pickle(params byte[][] instructions) => [0x80, 2, .. instructions.SelectMany(part => part), (byte)'.'];

    /// <summary>Instructions written as text, such as <c>"(lp0\n"</c>.</summary>
    public static byte[] Code(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>A text of up to 255 bytes.</summary>
    public static byte[] Text(string text) => [0x8c, (byte)text.Length, .. Encoding.UTF8.GetBytes(text)];

    /// <summary>The legacy format with this object and no storages.</summary>
    public static byte[] Legacy(byte[] pickle, byte[]? rest = null) =>
    [
        .. Pickle([0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]),
        .. Pickle(Code("M\u00e9\u0003")),
        .. Pickle(Code("}"), Text("little_endian"), [0x88], Code("s")),
        .. pickle,
        .. rest ?? Pickle(Code("]")),
    ];

    /// <summary>The zip format with this object and some storages.</summary>
    public static byte[] Zip(
        byte[] pickle, CompressionLevel level = CompressionLevel.NoCompression, params (string Name, byte[] Content)[] others)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in others.Prepend(("data.pkl", pickle)).Append(("version", Code("3\n"))))
            {
                using var entry = zip.CreateEntry($"any/{name}", level).Open();
                entry.Write(content);
            }
        return stream.ToArray();
    }

    /// <summary>Instructions that make a float tensor on a storage, with text as the shape and strides, such as
    /// <c>"K\u0002\u0085"</c>.</summary>
    public static byte[] Tensor(int storageCount, string offset, string shape, string strides) =>
    [
        .. Code("ctorch._utils\n_rebuild_tensor_v2\n(("),
        .. Text("storage"), .. Code("ctorch\nFloatStorage\n"), .. Text("0"), .. Text("cpu"), .. Code("J"),
            .. BitConverter.GetBytes(storageCount),
        .. Code("tQ"), .. Code(offset), .. Code(shape), .. Code(strides), 0x89, .. Code("}tR"),
    ];
}
