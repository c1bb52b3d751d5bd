using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Paa.Tests.Golden;

/// <summary>One NumPy array in C order.</summary>
/// <param name="Shape">Sizes of the axes, slowest first; empty for a single value.</param>
/// <param name="Values">A typed, flat array: float, double, long, int, byte or bool.</param>
public sealed partial record NpyArray(int[] Shape, Array Values)
{
    /// <summary>Reads the <c>.npy</c> format, versions 1 to 3: little-endian f4, f8, i8, i4, u1 and b1.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="source">Named in errors.</param>
    public static NpyArray Parse(ReadOnlySpan<byte> file, string source)
    {
        if (file.Length < 10 || file[0] != 0x93 || !file[1..6].SequenceEqual("NUMPY"u8))
            throw new InvalidDataException($"{source} is not a .npy file.");
        var wide = file[6] >= 2;
        var start = wide ? 12 : 10;
        var length = wide
            ? (int)BinaryPrimitives.ReadUInt32LittleEndian(file[8..])
            : BinaryPrimitives.ReadUInt16LittleEndian(file[8..]);
        var header = Encoding.UTF8.GetString(file.Slice(start, length));
        var match = Header().Match(header);
        if (!match.Success || match.Groups["fortran"].Value != "False")
            throw new InvalidDataException($"{source}: header {header.Trim()} is not of a C-ordered array.");
        int[] shape = [.. match.Groups["shape"].Value
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(size => int.Parse(size, CultureInfo.InvariantCulture))];
        var count = shape.Aggregate(1, (product, size) => product * size);
        var data = file[(start + length)..];
        return new NpyArray(shape, match.Groups["type"].Value switch
        {
            "<f4" => Read<float>(data, count),
            "<f8" => Read<double>(data, count),
            "<i8" => Read<long>(data, count),
            "<i4" => Read<int>(data, count),
            "|u1" => Read<byte>(data, count),
            "|b1" => Read<bool>(data, count),
            var type => throw new InvalidDataException($"{source}: type {type} is not read."),
        });
    }

    /// <summary>The values, which must be of exactly this type.</summary>
    public T[] As<T>() => Values as T[]
        ?? throw new InvalidCastException($"The array holds {Values.GetType().GetElementType()}, not {typeof(T)}.");

    /// <summary>Values of an integer or boolean array of any width.</summary>
    public int[] ToInts() => Values switch
    {
        int[] values => values,
        long[] values => [.. values.Select(value => checked((int)value))],
        byte[] values => [.. values.Select(value => (int)value)],
        bool[] values => [.. values.Select(value => value ? 1 : 0)],
        _ => throw new InvalidCastException($"The array holds {Values.GetType().GetElementType()}, no integers."),
    };

    static T[] Read<T>(ReadOnlySpan<byte> data, int count) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(data)[..count].ToArray();

    [GeneratedRegex(@"'descr':\s*'(?<type>[^']+)'.*'fortran_order':\s*(?<fortran>\w+).*'shape':\s*\((?<shape>[^)]*)\)")]
    private static partial Regex Header();
}
