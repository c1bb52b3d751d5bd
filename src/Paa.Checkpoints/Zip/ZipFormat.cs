namespace Paa.Checkpoints.Zip;

/// <summary>A file inside a zip archive, as the archive's directory describes it.</summary>
/// <param name="Name">Path with forward slashes.</param>
/// <param name="Offset">Where its local header starts.</param>
/// <param name="StoredSize">Bytes it takes in the archive.</param>
/// <param name="Size">Bytes of its content.</param>
/// <param name="Crc">CRC-32 of its content.</param>
/// <param name="IsDeflated">Whether the content is compressed.</param>
readonly record struct ZipEntry(string Name, long Offset, long StoredSize, long Size, uint Crc, bool IsDeflated);

/// <summary>Signatures and sizes of the zip format (PKWARE's APPNOTE 6.3, sections 4.3 and 4.5).</summary>
static class ZipFormat
{
    public const uint LocalHeader = 0x04034b50;
    public const uint DirectoryHeader = 0x02014b50;
    public const uint End = 0x06054b50;
    public const uint End64 = 0x06064b50;
    public const uint End64Locator = 0x07064b50;

    public const int LocalHeaderSize = 30;
    public const int DirectoryHeaderSize = 46;
    public const int EndSize = 22;
    public const int End64Size = 56;
    public const int End64LocatorSize = 20;

    public const ushort Zip64Extra = 0x0001;
    public const ushort PaddingExtra = 0x4246;          // "FB", as PyTorch pads

    /// <summary>A 32-bit field of this value has its true value in the zip64 extra field.</summary>
    public const uint In64 = uint.MaxValue;
}
