namespace Paa.Torch.Checkpoints.Zip;

/// <summary>The checksum of zip archives: CRC-32 with the polynomial 0xEDB88320, eight bytes a step ("slicing by
/// eight").</summary>
static class Crc32
{
    const int Slices = 8;

    static readonly uint[] Table = MakeTable();         // [slice * 256 + byte]: the byte's effect, slice bytes later

    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        ReadOnlySpan<uint> table = Table;
        while (bytes.Length >= Slices)
        {
            var low = crc ^ BitConverter.ToUInt32(bytes);
            var high = BitConverter.ToUInt32(bytes[4..]);
            crc = table[1792 + (int)(low & 0xff)] ^ table[1536 + (int)((low >> 8) & 0xff)]
                ^ table[1280 + (int)((low >> 16) & 0xff)] ^ table[1024 + (int)(low >> 24)]
                ^ table[768 + (int)(high & 0xff)] ^ table[512 + (int)((high >> 8) & 0xff)]
                ^ table[256 + (int)((high >> 16) & 0xff)] ^ table[(int)(high >> 24)];
            bytes = bytes[Slices..];
        }
        foreach (var value in bytes) crc = (crc >> 8) ^ table[(int)((crc ^ value) & 0xff)];
        return ~crc;
    }

    static uint[] MakeTable()
    {
        var table = new uint[Slices * 256];
        for (var value = 0u; value < 256; value++)
        {
            var crc = value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
            table[value] = crc;
        }
        for (var i = 256; i < table.Length; i++) table[i] = (table[i - 256] >> 8) ^ table[table[i - 256] & 0xff];
        return table;
    }
}
