using System.Reflection;

namespace Paa.Cli.Shared;

/// <summary>The installed program: its version, and the files installed with it.</summary>
static class Installation
{
    /// <summary>The version of the assembly, without the commit that the build appends.</summary>
    public static string Version =>
        typeof(Installation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    /// <summary>The full path of a file beside the program, such as <c>configs/synth/paa_r18_synth.yaml</c>.</summary>
    /// <exception cref="FileNotFoundException">The program was copied without it.</exception>
    public static string Find(string relativePath)
    {
        var path = Path.Combine(AppContext.BaseDirectory, relativePath);
        if (File.Exists(path)) return path;
        throw new FileNotFoundException($"{path} is missing: build or install the program again.");
    }
}
