using Paa.Benchmarks.Works;
namespace Paa.Benchmarks.Running;

/// <summary>Where things lie in the repository that this program was built in.</summary>
static class RepositoryFiles
{
    /// <summary>The folder of <c>build.sh</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>This program.</summary>
    public static string Program { get; } = Environment.ProcessPath!;

    /// <summary>The command <c>paa</c>.</summary>
    public static string Paa { get; } = Path.Combine(Root, "artifacts", "bin", "Paa.Cli", "release", "Paa.Cli");

    /// <summary>The Python peers.</summary>
    public static string Peers { get; } = Path.Combine(Root, "benchmarks", "peers");

    /// <summary>Results; ignored by git.</summary>
    public static string Output { get; } = Path.Combine(Root, "benchmarks", "out");

    /// <summary>Problems that both sides read; ignored by git.</summary>
    public static string Problems { get; } = Path.Combine(Root, "artifacts", "benchmarks");

    /// <exception cref="UsageException">The program was moved out of the repository.</exception>
    static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "build.sh"))) return folder;
        throw new UsageException($"no build.sh above {AppContext.BaseDirectory}: run the program where it was built.");
    }
}
