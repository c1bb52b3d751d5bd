using System.IO.Compression;
using Paa.Boxes;

namespace Paa.Tests.Golden;

/// <summary>Arrays of a NumPy <c>.npz</c> file (stored or deflated).</summary>
public sealed class Npz
{
    readonly Dictionary<string, NpyArray> _arrays = [];

    /// <summary>Reads every array of a file.</summary>
    public static Npz Load(string path)
    {
        var result = new Npz();
        using var archive = ZipFile.OpenRead(path);
        foreach (var entry in archive.Entries)
        {
            using var stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            var name = entry.FullName.EndsWith(".npy", StringComparison.Ordinal) ? entry.FullName[..^4] : entry.FullName;
            result._arrays.Add(name, NpyArray.Parse(bytes.ToArray(), $"{path}: {entry.FullName}"));
        }
        return result;
    }

    /// <summary>Names of the arrays, in the order of the file.</summary>
    public IEnumerable<string> Names => _arrays.Keys;

    /// <summary>Whether there is an array of this name.</summary>
    public bool Has(string name) => _arrays.ContainsKey(name);

    /// <summary>An array with its shape.</summary>
    public NpyArray this[string name] =>
        _arrays.TryGetValue(name, out var array) ? array : throw new KeyNotFoundException($"Npz: no array '{name}'.");

    /// <summary>Shape of an array; empty for a single value.</summary>
    public int[] Shape(string name) => this[name].Shape;

    /// <summary>Values of a float32 array.</summary>
    public float[] Floats(string name) => this[name].As<float>();

    /// <summary>Values of a float64 array.</summary>
    public double[] Doubles(string name) => this[name].As<double>();

    /// <summary>Values of an integer or boolean array of any width.</summary>
    public int[] Ints(string name) => this[name].ToInts();

    /// <summary>Values of an integer or boolean array as flags: not 0 is true.</summary>
    public bool[] Flags(string name) => [.. Ints(name).Select(value => value != 0)];

    /// <summary>Rows of a float32 array [n, 4] as boxes.</summary>
    public Box[] Boxes(string name) =>
        [.. Floats(name).Chunk(4).Select(row => new Box(row[0], row[1], row[2], row[3]))];
}
