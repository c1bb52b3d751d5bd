using System.CommandLine;

namespace Paa.Cli;

/// <summary>A command whose help ends with notes and examples.</summary>
/// <param name="name">As it is typed.</param>
/// <param name="description">What it does, one short sentence: lists of commands show it.</param>
/// <param name="notes">More for its own help; null for nothing.</param>
/// <param name="examples">Whole command lines.</param>
sealed class PaaCommand(string name, string description, string? notes, params string[] examples) : Command(name, description)
{
    public string? Notes => notes;

    public IReadOnlyList<string> Examples => examples;
}
