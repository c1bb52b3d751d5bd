using System.Globalization;
using System.Runtime.InteropServices;

namespace Paa.Benchmarks.Running;

/// <summary>What the figures were measured on.</summary>
static class Machine
{
    static readonly string[] Settings =
        ["OMP_WAIT_POLICY", "OMP_NUM_THREADS", "DOTNET_TieredPGO", "DOTNET_gcServer",
            "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "MALLOC_ARENA_MAX"];

    /// <summary>Facts by name.</summary>
    public static Dictionary<string, string> Describe()
    {
        var facts = new Dictionary<string, string>
        {
            ["processor"] = CpuInfo("model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
            ["cores"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
            ["vector_units"] = VectorUnits(CpuInfo("flags") ?? ""),
            ["memory_gib"] = (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30))
                .ToString("0", CultureInfo.InvariantCulture),
            ["system"] = RuntimeInformation.OSDescription,
            ["load_at_start"] = Load,
        };
        foreach (var name in Settings)
            if (Environment.GetEnvironmentVariable(name) is { } value) facts[name] = value;
        return facts;
    }

    /// <summary>Processes that run or wait, over the last minute; above 1, others are at work.</summary>
    public static string Load => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    static string? CpuInfo(string name) => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))
            ?.Split(':', 2)[1].Trim()
        : null;

    static string VectorUnits(string flags) => string.Join(' ',
        new[] { "avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8" }.Where(flags.Split(' ').Contains));
}
