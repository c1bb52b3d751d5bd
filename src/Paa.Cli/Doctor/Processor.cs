namespace Paa.Cli.Doctor;

/// <summary>The processor as <c>/proc/cpuinfo</c> describes it.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Features">The extensions that oneDNN's kernels use, from slow to fast.</param>
sealed record Processor(string Model, IReadOnlyList<string> Features)
{
    static readonly (string Flag, string Name)[] Known =
    [
        ("avx2", "AVX2"), ("fma", "FMA"), ("avx512f", "AVX-512"), ("avx512_vnni", "VNNI"), ("avx_vnni", "AVX-VNNI"),
        ("avx512_bf16", "BF16"), ("amx_tile", "AMX"), ("asimd", "NEON"), ("sve", "SVE"),
    ];

    /// <summary>This machine's processor.</summary>
    public static Processor Read() => Parse(File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo") : []);

    /// <summary>Parses the first processor of the file.</summary>
    public static Processor Parse(IEnumerable<string> lines)
    {
        var values = new Dictionary<string, string>();
        foreach (var line in lines)
            if (line.Split(':', 2) is [var key, var value]) values.TryAdd(key.Trim(), value.Trim());
        var flags = (values.GetValueOrDefault("flags") ?? values.GetValueOrDefault("Features") ?? "").Split(' ');
        var model = values.GetValueOrDefault("model name") ?? "unknown";
        return new Processor(model, [.. Known.Where(known => flags.Contains(known.Flag)).Select(known => known.Name)]);
    }

    /// <summary>Turns the processor into a line of the report.</summary>
    public Check ToCheck()
    {
        var isSlow = !Features.Contains("AVX2") && !Features.Contains("NEON");
        var text = Features.Count == 0 ? Model : $"{Model}: {string.Join(", ", Features)}";
        return isSlow
            ? new Check("processor", $"{text}; without AVX2 everything is slow", CheckLevel.Warning)
            : new Check("processor", text);
    }
}
