namespace Paa.Checkpoints.Zip;

/// <summary>A file inside a zip archive, as the archive's directory describes it.</summary>
/// <param name="Name">Path with forward slashes.</param>
/// <param name="Offset">Where its local header starts.</param>
/// <param name="StoredSize">Bytes it takes in the archive.</param>
/// <param name="Size">Bytes of its content.</param>
/// <param name="Crc">CRC-32 of its content.</param>
/// <param name="IsDeflated">Whether the content is compressed.</param>
readonly record struct ZipEntry(string Name, long Offset, long StoredSize, long Size, uint Crc, bool IsDeflated);
