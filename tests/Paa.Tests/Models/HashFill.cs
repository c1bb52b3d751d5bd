using System.Text;
using Paa.Torch.Nn;

namespace Paa.Tests.Models;

/// <summary>Weights that need no storage: every value is a hash of its name and index.</summary>
/// <remarks>The README of the golden data states the rule.</remarks>
static class HashFill
{
    /// <summary>Values in (-1, 1): FNV-1a of the name seeds a splitmix64 stream.</summary>
    public static double[] Uniform(string name, long count)
    {
        var seed = 0xCBF29CE484222325UL;
        foreach (var value in Encoding.UTF8.GetBytes(name)) seed = (seed ^ value) * 0x100000001B3UL;
        var result = new double[count];
        for (long i = 0; i < count; i++)
        {
            var z = seed + (ulong)(i + 1) * 0x9E3779B97F4A7C15UL;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            z ^= z >> 31;
            result[i] = ((z >> 40) + 0.5) / (1 << 23) - 1.0;
        }
        return result;
    }

    /// <summary>Fills all parameters and buffers.</summary>
    public static void Fill(ParameterStore store, string salt)
    {
        foreach (var entry in store.Entries)
        {
            if (entry.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal)) continue;
            var shape = entry.Tensor.Shape;
            var rule = Rule(entry.Name, shape);
            var values = Uniform(salt + entry.Name, entry.Tensor.Count).Select(u => (float)rule(u)).ToArray();
            entry.Tensor.CopyFrom<float>(values);
        }
    }

    static Func<double, double> Rule(string name, long[] shape)
    {
        if (Ends("running_mean")) return u => 0.1 * u;
        if (Ends("running_var")) return u => 1 + 0.3 * u;
        if (Ends(".scale")) return u => 1 + 0.1 * u;
        if (shape.Length == 4)
        {
            var isTower = name.Contains(".atss_", StringComparison.Ordinal);
            var bound = isTower ? 0.03 : Math.Sqrt(3.0 / (shape[1] * shape[2] * shape[3]));
            return u => bound * u;
        }
        if (Ends("atss_cls.bias")) return u => -4 + 0.1 * u;
        if (Ends(".bias")) return u => 0.1 * u;
        return u => 1 + 0.2 * u;

        bool Ends(string suffix) => name.EndsWith(suffix, StringComparison.Ordinal);
    }
}
