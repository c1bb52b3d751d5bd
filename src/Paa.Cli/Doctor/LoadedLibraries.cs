namespace Paa.Cli.Doctor;

/// <summary>The shared libraries that this process has loaded, by their real files.</summary>
static class LoadedLibraries
{
    /// <summary>Full paths; empty where the system has no <c>/proc</c>.</summary>
    public static IReadOnlyList<string> Read() => File.Exists("/proc/self/maps") ? Parse(File.ReadLines("/proc/self/maps")) : [];

    /// <summary>The paths in lines such as <c>7f00-7f10 r-xp 00000000 08:01 1234   /usr/lib/libblas.so.3.10</c>.</summary>
    public static IReadOnlyList<string> Parse(IEnumerable<string> maps)
    {
        var paths = maps.Select(line => line.IndexOf('/') is >= 0 and var start ? line[start..] : "")
            .Where(path => Path.GetFileName(path).Contains(".so", StringComparison.Ordinal));
        return [.. paths.Distinct().Order(StringComparer.Ordinal)];
    }
}
