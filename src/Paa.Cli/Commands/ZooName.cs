using System.CommandLine;
using Paa.Configuration;
using Paa.Zoo;

namespace Paa.Cli.Commands;

/// <summary>The argument NAME of <c>paa zoo</c>.</summary>
static class ZooName
{
    public static Argument<string> Argument() => new("NAME") { Description = "A name of 'paa zoo list'." };

    /// <summary>The detector of a name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static ZooModel Find(string name)
    {
        if (ZooCatalogue.Find(name) is { } model) return model;
        var names = ZooCatalogue.Models.Select(known => known.Name);
        throw new UsageException(NearestName.Find(name, names) is { } nearest
            ? $"the zoo has no '{name}', did you mean '{nearest}'?"
            : $"the zoo has no '{name}'; it has {string.Join(", ", names)}.");
    }
}
