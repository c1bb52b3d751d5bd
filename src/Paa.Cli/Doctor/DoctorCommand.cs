using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Reports;

namespace Paa.Cli.Doctor;

/// <summary><c>paa doctor</c>: checks the machine and tells how to install what is missing.</summary>
static class DoctorCommand
{
    public static Command Create(Shell shell)
    {
        var json = CommonOptions.Json();
        var command = new PaaCommand("doctor", "Shows what the machine has, what is missing or slow, and how to fix it.",
            "Exit code 1 if something needed is missing.", "paa doctor", "paa doctor --json")
        { json };
        command.SetAction(arguments =>
        {
            var checks = Examination.Run();
            if (arguments.GetValue(json)) shell.Output.WriteLine(Json.Text(checks));
            else Write(shell.Output, checks);
            return checks.Any(check => check.Level == CheckLevel.Missing) ? ExitCode.Failure : ExitCode.Success;
        });
        return command;
    }

    /// <summary>Prints one line per check, and a fix below it where there is one.</summary>
    internal static void Write(TextWriter output, IReadOnlyList<Check> checks)
    {
        var width = checks.Max(check => check.Name.Length);
        foreach (var check in checks)
        {
            var level = check.Level switch { CheckLevel.Ok => "ok     ", CheckLevel.Warning => "warning", _ => "MISSING" };
            output.WriteLine($"{level}  {check.Name.PadRight(width)}  {check.Value}");
            if (check.Fix is { } fix) output.WriteLine($"{new string(' ', 9 + width)}  fix: {fix}");
        }
        var bad = checks.Count(check => check.Level != CheckLevel.Ok);
        output.WriteLine(bad == 0 ? "Everything is in place." : $"{bad} of {checks.Count} need attention.");
    }
}
