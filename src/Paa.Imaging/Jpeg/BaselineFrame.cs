namespace Paa.Imaging.Jpeg;

/// <summary>Tables and sizes of a baseline JPEG file of the usual kind.</summary>
/// <remarks>ITU-T T.81, annex B. An MCU is the least unit that is coded together, here 8x8 to 16x16 pixels.</remarks>
sealed class BaselineFrame
{
    /// <summary>Where the coefficient that is coded as number k stands in a block of 8x8.</summary>
    public static ReadOnlySpan<byte> Natural =>
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55,
        62, 63,
    ];

    readonly int[]?[] _quantisation = new int[4][];
    readonly HuffmanTable?[] _dc = new HuffmanTable[4], _ac = new HuffmanTable[4];
    bool _isJfif, _isAdobe, _isAdobeYcc;

    BaselineFrame()
    {
    }

    public int Height { get; private set; }

    public int Width { get; private set; }

    /// <summary>Grey, or luminance, blueness and redness.</summary>
    public Component[] Components { get; private set; } = [];

    /// <summary>MCUs between restart markers; 0: there are none.</summary>
    public int RestartInterval { get; private set; }

    /// <summary>Where the coded pixels begin.</summary>
    public int ScanStart { get; private set; }

    /// <summary>How much finer the luminance is stored than the colours.</summary>
    public (int Horizontal, int Vertical) Factor => (Components[0].Horizontal, Components[0].Vertical);

    /// <summary>Reads all segments up to the scan.</summary>
    /// <returns>Null for files of any other kind, and for damaged ones.</returns>
    public static BaselineFrame? Read(ReadOnlySpan<byte> file)
    {
        var frame = new BaselineFrame();
        for (var at = 2; at + 4 <= file.Length && file[at] == 0xFF;)
        {
            var (marker, length) = (file[at + 1], file[at + 2] << 8 | file[at + 3]);
            if (length < 2 || at + 2 + length > file.Length) return null;
            var segment = file.Slice(at + 4, length - 2);
            at += 2 + length;
            switch (marker)
            {
                case 0xC0 or 0xC1 when frame.Components.Length == 0:
                    if (!frame.ReadSizes(segment)) return null;
                    break;
                case 0xC4:
                    if (!frame.ReadHuffman(segment)) return null;
                    break;
                case 0xDB:
                    if (!frame.ReadQuantisation(segment)) return null;
                    break;
                case 0xDD when segment.Length == 2:
                    frame.RestartInterval = segment[0] << 8 | segment[1];
                    break;
                case 0xE0:
                    frame._isJfif |= segment.StartsWith("JFIF\0"u8);
                    break;
                case 0xEE when segment.Length >= 12 && segment.StartsWith("Adobe"u8):
                    (frame._isAdobe, frame._isAdobeYcc) = (true, segment[11] == 1);
                    break;
                case 0xDA:
                    frame.ScanStart = at;
                    return frame.ReadScan(segment) ? frame : null;
                case 0xFE or (>= 0xE0 and <= 0xEF):
                    break;
                default:
                    return null;
            }
        }
        return null;
    }

    bool ReadSizes(ReadOnlySpan<byte> segment)
    {
        if (segment.Length < 6 || segment[0] != 8 || segment[5] is not (1 or 3)) return false;
        if (segment.Length != 6 + 3 * segment[5]) return false;
        (Height, Width) = (segment[1] << 8 | segment[2], segment[3] << 8 | segment[4]);
        Components = new Component[segment[5]];
        for (var i = 0; i < Components.Length; i++)
        {
            var (id, sampling, table) = (segment[6 + 3 * i], segment[7 + 3 * i], segment[8 + 3 * i]);
            if (table > 3) return false;
            Components[i] = Components.Length == 1
                ? new Component(id, 1, 1, table)
                : new Component(id, sampling >> 4, sampling & 15, table);
        }
        return Components.Length == 1
            || Factor is (1, 1) or (2, 1) or (2, 2) && Components[1..].All(c => (c.Horizontal, c.Vertical) == (1, 1));
    }

    bool ReadQuantisation(ReadOnlySpan<byte> segment)
    {
        while (!segment.IsEmpty)
        {
            var (bytes, id) = ((segment[0] >> 4) + 1, segment[0] & 15);
            if (bytes > 2 || id > 3 || segment.Length < 1 + 64 * bytes) return false;
            var table = _quantisation[id] = new int[64];
            for (var k = 0; k < 64; k++)
                table[k] = bytes == 1 ? segment[1 + k] : segment[1 + 2 * k] << 8 | segment[2 + 2 * k];
            segment = segment[(1 + 64 * bytes)..];
        }
        return true;
    }

    bool ReadHuffman(ReadOnlySpan<byte> segment)
    {
        while (!segment.IsEmpty)
        {
            if (segment.Length < 17 || (segment[0] & 0xEF) > 3) return false;
            var count = 0;
            foreach (var codes in segment.Slice(1, 16)) count += codes;
            if (segment.Length < 17 + count) return false;
            if (HuffmanTable.Read(segment.Slice(1, 16), segment.Slice(17, count)) is not { } table) return false;
            (segment[0] >= 16 ? _ac : _dc)[segment[0] & 3] = table;
            segment = segment[(17 + count)..];
        }
        return true;
    }

    /// <summary>The scan must hold all components, whole, in the order of the frame.</summary>
    bool ReadScan(ReadOnlySpan<byte> segment)
    {
        if (Components.Length == 0 || segment.Length != 4 + 2 * Components.Length) return false;
        if (segment[0] != Components.Length) return false;
        if (segment[^3] != 0 || segment[^2] != 63 || segment[^1] != 0) return false;
        for (var i = 0; i < Components.Length; i++)
        {
            var (id, tables) = (segment[1 + 2 * i], segment[2 + 2 * i]);
            if (id != Components[i].Id || (tables & 15) > 3 || tables >> 4 > 3) return false;
            if (_dc[tables >> 4] is not { } dc || _ac[tables & 15] is not { } ac) return false;
            if (_quantisation[Components[i].Table] is not { } quantisation) return false;
            Components[i].Prepare(dc, ac, quantisation);
        }
        return Components.Length == 1 || IsYcc;
    }

    /// <summary>As libjpeg decides what three components mean.</summary>
    bool IsYcc => _isJfif || (_isAdobe ? _isAdobeYcc : Components.Select(c => (int)c.Id).SequenceEqual([1, 2, 3]));

    /// <summary>One of the components, with the tables that it is coded with.</summary>
    public sealed class Component(byte id, int horizontal, int vertical, int table)
    {
        public byte Id => id;

        public int Horizontal => horizontal;

        public int Vertical => vertical;

        public int Table => table;

        public HuffmanTable Dc { get; private set; } = null!;

        public HuffmanTable Ac { get; private set; } = null!;

        /// <summary>Factors of the coefficients, in the order in which they are coded.</summary>
        public int[] Quantisation { get; private set; } = [];

        public void Prepare(HuffmanTable dc, HuffmanTable ac, int[] quantisation) =>
            (Dc, Ac, Quantisation) = (dc, ac, quantisation);
    }
}

/// <summary>A code of 1 to 16 bits for each symbol (T.81, annex C).</summary>
sealed class HuffmanTable
{
    /// <summary>Codes of so many bits are found with one look.</summary>
    public const int LookBits = 9;

    readonly int[] _last = new int[18], _offset = new int[17];
    byte[] _symbols = [];

    /// <summary>For the next bits: length of the code times 256, and the symbol; 0 if the code is longer.</summary>
    public ushort[] Look { get; } = new ushort[1 << LookBits];

    /// <summary>Reads a table.</summary>
    /// <returns>Null if its codes do not fit into 16 bits.</returns>
    public static HuffmanTable? Read(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        var table = new HuffmanTable { _symbols = symbols.ToArray() };
        var (code, next) = (0, 0);
        for (var length = 1; length <= 16; length++, code <<= 1)
        {
            table._offset[length] = next - code;
            for (var i = 0; i < counts[length - 1]; i++, code++, next++)
                if (length <= LookBits && code < 1 << length)
                    table.Look.AsSpan(code << LookBits - length, 1 << LookBits - length)
                        .Fill((ushort)(length << 8 | symbols[next]));
            if (code > 1 << length) return null;
            table._last[length] = counts[length - 1] > 0 ? code - 1 : -1;
        }
        return table;
    }

    /// <summary>The symbol of a code longer than <see cref="LookBits"/>.</summary>
    /// <param name="bits">The next 16 bits.</param>
    /// <returns>Length times 256, and the symbol; 0 if there is no such code.</returns>
    public int Find(int bits)
    {
        for (var length = LookBits + 1; length <= 16; length++)
            if (bits >> 16 - length is var code && code <= _last[length])
                return length << 8 | _symbols[code + _offset[length]];
        return 0;
    }
}
