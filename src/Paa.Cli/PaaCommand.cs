using System.CommandLine;

namespace Paa.Cli;

/// <summary>A command whose help ends with examples.</summary>
/// <param name="name">As it is typed.</param>
/// <param name="description">What it does, one sentence or two.</param>
/// <param name="examples">Whole command lines.</param>
sealed class PaaCommand(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples => examples;
}
