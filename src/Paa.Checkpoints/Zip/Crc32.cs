using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Paa.Checkpoints.Zip;

/// <summary>The checksum of zip archives: CRC-32 with the polynomial 0xEDB88320.</summary>
/// <remarks>
/// 64 bytes a step by carry-less multiplication where the processor has it (Gopal et al., Fast CRC Computation for Generic
/// Polynomials Using PCLMULQDQ, Intel 2009): ten times as fast, and weights are some hundred megabytes. The rest, and all on other
/// processors, eight bytes a step by tables ("slicing by eight").
/// </remarks>
static class Crc32
{
    const int Slices = 8;
    const int Stride = 64;

    static readonly uint[] Table = MakeTable();         // [slice * 256 + byte]: the byte's effect, slice bytes later

    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => ~(Pclmulqdq.IsSupported && bytes.Length >= 2 * Stride
        ? UpdateByFolding(uint.MaxValue, bytes)
        : Update(uint.MaxValue, bytes));

    /// <summary>The same by tables alone.</summary>
    internal static uint OfByTables(ReadOnlySpan<byte> bytes) => ~Update(uint.MaxValue, bytes);

    /// <summary>
    /// Adds whole strides to four 128-bit remainders, joins these to one, whose bytes have the checksum of all that it stands for.
    /// </summary>
    static uint UpdateByFolding(uint crc, ReadOnlySpan<byte> bytes)
    {
        // Remainders of powers of x: over 64 bytes, and over 16 bytes; the upper half of each for the later 8 of 16 bytes.
        var far = Vector128.Create(0x1_5444_2bd4UL, 0x1_c6e4_1596UL);
        var near = Vector128.Create(0x1_7519_97d0UL, 0x0_ccaa_009eUL);
        var (a, b, c, d) = (Load(bytes, 0) ^ Vector128.CreateScalar((ulong)crc), Load(bytes, 1), Load(bytes, 2), Load(bytes, 3));
        for (bytes = bytes[Stride..]; bytes.Length >= Stride; bytes = bytes[Stride..])
            (a, b, c, d) = (Fold(a, far, Load(bytes, 0)), Fold(b, far, Load(bytes, 1)),
                Fold(c, far, Load(bytes, 2)), Fold(d, far, Load(bytes, 3)));
        Span<byte> rest = stackalloc byte[Vector128<byte>.Count];
        Fold(Fold(Fold(a, near, b), near, c), near, d).AsByte().CopyTo(rest);
        return Update(Update(0, rest), bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<ulong> Load(ReadOnlySpan<byte> bytes, int index) =>
        Vector128.Create(bytes.Slice(index * Vector128<byte>.Count, Vector128<byte>.Count)).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<ulong> Fold(Vector128<ulong> remainder, Vector128<ulong> powers, Vector128<ulong> next) =>
        Pclmulqdq.CarrylessMultiply(remainder, powers, 0x00) ^ Pclmulqdq.CarrylessMultiply(remainder, powers, 0x11) ^ next;

    static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
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
        return crc;
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
