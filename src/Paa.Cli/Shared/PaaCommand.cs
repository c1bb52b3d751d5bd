using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Paa.Cli.Shared;

/// <summary>A command whose help ends with notes and examples.</summary>
/// <param name="name">The name as typed.</param>
/// <param name="description">One short sentence, also shown in lists of commands.</param>
/// <param name="notes">Further text for the command's own help; null for none.</param>
/// <param name="examples">Complete command lines.</param>
sealed class PaaCommand(string name, string description, string? notes, params string[] examples) : Command(name, description)
{
    public string? Notes => notes;

    public IReadOnlyList<string> Examples => examples;
}

/// <summary>The library's help text, followed by the notes and examples of the command.</summary>
/// <param name="help">The library's own help.</param>
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

        // The library pads its columns with trailing spaces.
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
