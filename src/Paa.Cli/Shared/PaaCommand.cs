using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Paa.Cli.Shared;

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

/// <summary>The library's help text, followed by the notes and examples of the command.</summary>
/// <param name="help">The library's own.</param>
sealed class ExampleHelp(HelpAction help) : SynchronousCommandLineAction
{
    const int Width = 120;      // the same text everywhere, so that it can be tested and quoted

    public override bool ClearsParseErrors => true;

    /// <summary>Prints the help of the command that was parsed.</summary>
    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        var text = new StringWriter { NewLine = "\n" };
        parseResult.InvocationConfiguration.Output = text;
        help.MaxWidth = Width;
        help.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;

        // The library pads its columns with spaces that nobody sees.
        output.Write(string.Join('\n', text.ToString().TrimEnd().Split('\n').Select(line => line.TrimEnd())) + "\n");
        if (parseResult.CommandResult.Command is PaaCommand command)
        {
            WriteSection(output, "Notes", command.Notes?.Split('\n') ?? []);
            WriteSection(output, "Examples", command.Examples);
        }
        return ExitCode.Success;
    }

    static void WriteSection(TextWriter output, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0) return;
        output.Write($"\n{title}:\n");
        foreach (var line in lines) output.Write($"  {line}\n");
    }
}
