using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Paa.Imaging.Jpeg;

/// <summary>Reads coded blocks of 8x8 coefficients (T.81, annex F.2).</summary>
/// <param name="file">The file.</param>
/// <param name="start">Where the coded pixels begin.</param>
ref struct BlockReader(ReadOnlySpan<byte> file, int start)
{
    readonly ReadOnlySpan<byte> _file = file;
    int _at = start;
    ulong _bits;                // the next bits, uppermost first
    int _count;                 // how many of them are there

    /// <summary>Reads a block and multiplies its coefficients with their factors.</summary>
    /// <param name="component">Its tables.</param>
    /// <param name="average">The last block's first coefficient; becomes this one's.</param>
    /// <param name="block">64 zeros; gets the coefficients.</param>
    /// <returns>How many coefficients, in the order of coding, may not be 0; 0 if the file is damaged.</returns>
    public int Read(BaselineFrame.Component component, scoped ref int average, scoped Span<int> block)
    {
        var factors = component.Quantisation.AsSpan(0, 64);
        var natural = BaselineFrame.Natural;
        var (bits, count) = (_bits, _count);                // a copy that may stay in registers
        var size = Next(component.Dc, component.Dc.Look, ref bits, ref count);
        if (size is < 0 or > 11) return 0;
        average += Receive(size, ref bits, ref count);
        var (used, isSound) = (1, Put(block, 0, average * factors[0]));
        var (table, look) = (component.Ac, component.Ac.Look);
        for (var k = 1; k < 64; k++)
        {
            var symbol = Next(table, look, ref bits, ref count);
            if (symbol < 0) return 0;
            k += symbol >> 4;
            size = symbol & 15;
            if (size == 0)
            {
                if (symbol == 0) break;                     // the rest is 0
                if (symbol != 0xF0) return 0;               // sixteen zeros
                continue;
            }
            if (k > 63) return 0;
            isSound &= Put(block, natural[k], Receive(size, ref bits, ref count) * factors[k]);
            used = k + 1;
        }
        (_bits, _count) = (bits, count);
        return isSound && count >= 0 ? used : 0;
    }

    /// <summary>Goes behind the restart marker that must stand here.</summary>
    /// <param name="number">Its number, 0 to 7.</param>
    public bool Restart(int number)
    {
        (_bits, _count) = (0, 0);
        if (_at + 2 > _file.Length || _file[_at] != 0xFF || _file[_at + 1] != 0xD0 + number) return false;
        _at += 2;
        return true;
    }

    /// <summary>Products beyond 16 bits occur in damaged files only.</summary>
    static bool Put(scoped Span<int> block, int at, int value)
    {
        block[at] = value;
        return value == (short)value;
    }

    /// <summary>The next symbol; -1 if there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    int Next(HuffmanTable table, ushort[] look, ref ulong bits, ref int count)
    {
        if (count < 32) Fill(ref bits, ref count);
        int entry = look[bits >> 64 - HuffmanTable.LookBits];
        if (entry == 0 && (entry = table.Find((int)(bits >> 48))) == 0) return -1;
        bits <<= entry >> 8;
        count -= entry >> 8;
        return entry & 255;
    }

    /// <summary>A number of so many bits; those with an upper bit of 0 are negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Receive(int size, ref ulong bits, ref int count)
    {
        var value = (int)(bits >> 1 >> 63 - size);          // 0 for a size of 0
        var negative = (int)~((long)bits >> 63);            // -1 where the upper bit is 0
        bits <<= size;
        count -= size;
        return value + (negative & 1 - (1 << size));
    }

    /// <summary>At least 32 bits more. At a marker, and at the end of the file, there are no more; what follows is 0.</summary>
    void Fill(ref ulong bits, ref int count)
    {
        if (count >= 0 && _at + 8 <= _file.Length)
        {
            var next = BinaryPrimitives.ReadUInt64BigEndian(_file[_at..]);
            if ((~next - 0x0101010101010101 & next & 0x8080808080808080) == 0)          // no byte is 0xFF
            {
                bits |= next >> count;                      // what lies beyond the count is set again, to the same bits
                var bytes = 63 - count >> 3;
                _at += bytes;
                count += bytes * 8;
                return;
            }
        }
        for (; count is >= 0 and <= 56 && _at < _file.Length; _at++)
        {
            var value = _file[_at];
            if (value == 0xFF)
            {
                if (_at + 1 >= _file.Length || _file[_at + 1] != 0) return;
                _at++;
            }
            bits |= (ulong)value << 56 - count;
            count += 8;
        }
    }
}
