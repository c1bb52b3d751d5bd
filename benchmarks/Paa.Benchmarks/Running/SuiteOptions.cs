using Paa.Benchmarks.Works;
namespace Paa.Benchmarks.Running;

/// <summary>What to run.</summary>
/// <param name="IsQuick">At most ten minutes, without the studies of scaling.</param>
/// <param name="Only">Ids of rows and studies; empty for all.</param>
/// <param name="Output">File of the result.</param>
sealed record SuiteOptions(bool IsQuick, IReadOnlyList<string> Only, string Output)
{
    /// <summary>Reads the arguments of <c>./build.sh bench</c>.</summary>
    /// <exception cref="UsageException">There is an unknown one.</exception>
    public static SuiteOptions Parse(IReadOnlyList<string> arguments)
    {
        var isQuick = false;
        string[] only = [];
        string? output = null;
        for (var i = 0; i < arguments.Count; i++)
            switch (arguments[i])
            {
                case "--quick": isQuick = true; break;
                case "--only": only = Value(ref i).Split(',', StringSplitOptions.RemoveEmptyEntries); break;
                case "--out": output = Value(ref i); break;
                default:
                    throw new UsageException(
                    $"unknown argument '{arguments[i]}': --quick, --only ID,... and --out FILE are known.");
            }
        if (only.Except(Suite.Ids.Select(entry => entry.Id)).FirstOrDefault() is { } unknown)
            throw new UsageException(
                $"--only: no '{unknown}'; there are {string.Join(", ", Suite.Ids.Select(entry => entry.Id))}.");
        var name = only.Length > 0 ? "selection.json" : "latest.json";      // a part never replaces the whole
        return new SuiteOptions(isQuick, only, output ?? Path.Combine(RepositoryFiles.Output, name));

        string Value(ref int i) =>
            ++i < arguments.Count ? arguments[i] : throw new UsageException($"{arguments[i - 1]} needs a value.");
    }

    /// <summary>Whether a row or study was asked for.</summary>
    public bool Wants(string id) => Only.Count == 0 || Only.Contains(id);
}
