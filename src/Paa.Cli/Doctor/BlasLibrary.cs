namespace Paa.Cli.Doctor;

/// <summary>Finds the BLAS, the library of matrix products, that libtorch uses.</summary>
/// <remarks>
/// Debian's libtorch links to <c>libblas.so.3</c>, which the system's alternatives can point to several libraries. With the
/// reference BLAS a ResNet-50 is ten times slower than with OpenBLAS.
/// </remarks>
static class BlasLibrary
{
    const string Fix = "sudo apt-get install -y libopenblas0-pthread";

    /// <summary>Identifies the BLAS among the libraries of a process that has loaded libtorch.</summary>
    /// <param name="libraries">Real paths, as <see cref="LoadedLibraries"/> gives them.</param>
    /// <param name="buildInfo">libtorch's description of its build, which reveals a built-in BLAS.</param>
    public static Check Identify(IReadOnlyList<string> libraries, string buildInfo)
    {
        if (Find("openblas") is { } openBlas) return new Check("BLAS", $"OpenBLAS, {openBlas}");
        if (Find("libmkl") is { } mkl) return new Check("BLAS", $"MKL, {mkl}");
        if (Find("libblis") is { } blis || (blis = Find("/blis")) is not null) return new Check("BLAS", $"BLIS, {blis}");
        if (Find("/atlas/") is { } atlas)
            return new Check("BLAS", $"ATLAS, {atlas}: slow", CheckLevel.Warning, Fix);
        if (Find("libblas.so") is { } reference)
            return new Check(
                "BLAS", $"reference BLAS, {reference}: about ten times slower than OpenBLAS", CheckLevel.Warning,
                $"{Fix} && sudo update-alternatives --auto {AlternativeName(reference)}");
        if (buildInfo.Contains("BLAS_INFO=mkl", StringComparison.Ordinal)) return new Check("BLAS", "MKL, inside libtorch");
        return new Check("BLAS", "inside libtorch, or unknown");

        string? Find(string part) => libraries.FirstOrDefault(path => path.Contains(part, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Debian's alternative; its name ends with the architecture: <c>libblas.so.3-x86_64-linux-gnu</c>.</summary>
    static string AlternativeName(string path)
    {
        var architecture = path.Split('/').FirstOrDefault(part => part.EndsWith("-linux-gnu", StringComparison.Ordinal));
        return architecture is null ? "libblas.so.3" : $"libblas.so.3-{architecture}";
    }
}

/// <summary>The shared libraries that this process has loaded, with symbolic links resolved.</summary>
static class LoadedLibraries
{
    /// <summary>Full paths; empty on a system without <c>/proc</c>.</summary>
    public static IReadOnlyList<string> Read() => File.Exists("/proc/self/maps") ? Parse(File.ReadLines("/proc/self/maps")) : [];

    /// <summary>The paths in lines such as <c>7f00-7f10 r-xp 00000000 08:01 1234   /usr/lib/libblas.so.3.10</c>.</summary>
    public static IReadOnlyList<string> Parse(IEnumerable<string> maps)
    {
        var paths = maps.Select(line => line.IndexOf('/') is >= 0 and var start ? line[start..] : "")
            .Where(path => Path.GetFileName(path).Contains(".so", StringComparison.Ordinal));
        return [.. paths.Distinct().Order(StringComparer.Ordinal)];
    }
}
