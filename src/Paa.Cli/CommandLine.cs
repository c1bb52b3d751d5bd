using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net.Sockets;
using Paa.Cli.Config;
using Paa.Cli.Convert;
using Paa.Cli.Data;
using Paa.Cli.Demo;
using Paa.Cli.Doctor;
using Paa.Cli.Export;
using Paa.Cli.Inspect;
using Paa.Cli.Launch;
using Paa.Cli.New;
using Paa.Cli.Predict;
using Paa.Cli.Quantize;
using Paa.Cli.Shared;
using Paa.Cli.Test;
using Paa.Cli.Train;
using Paa.Cli.Zoo;
using Paa.Configuration;

namespace Paa.Cli;

/// <summary>The command <c>paa</c>: arguments in, exit code out.</summary>
public static class CommandLine
{
    /// <summary>Runs one command.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="output">Receives results. Borrowed.</param>
    /// <param name="error">Receives progress and errors. Borrowed.</param>
    /// <param name="stop">Asks the command to stop, as Ctrl+C does.</param>
    /// <param name="input">Opens standard input; null for that of the process.</param>
    /// <returns>0 success, 1 failure, 2 wrong usage or configuration, 130 stopped, 141 nobody reads the output.</returns>
    public static int Run(
        IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken stop = default,
        Func<Stream>? input = null)
    {
        var verbose = new Option<bool>("--verbose") { Description = "Print the stack trace of an error.", Recursive = true };
        var root = CreateRoot(new Shell(output, error, stop, input ?? Console.OpenStandardInput), verbose);
        var arguments = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var name = FullName(arguments.CommandResult);
        if (UsageError(arguments, args) is { } problem)
        {
            error.WriteLine($"{name}: {problem} See '{name} --help'.");
            return ExitCode.Usage;
        }
        try
        {
            return arguments.Invoke(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,       // a checkpoint may take longer to write than any fixed time
            });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            error.WriteLine($"{name}: stopped.");
            return ExitCode.Cancelled;
        }
        catch (IOException failure) when (IsClosedPipe(failure))
        {
            return ExitCode.ClosedPipe;         // nobody reads on; nothing more to say
        }
        catch (Exception failure)
        {
            var isVerbose = arguments.GetValue(verbose);
            error.WriteLine(isVerbose ? $"{name}: {failure}" : $"{name}: {ErrorText.Describe(failure)}");
            return failure is UsageException or ConfigException ? ExitCode.Usage : ExitCode.Failure;
        }
    }

    /// <summary>What is wrong with the arguments of a command, which is not run; null if nothing is.</summary>
    internal static string? Check(IReadOnlyList<string> args)
    {
        var root = CreateRoot(
            new Shell(TextWriter.Null, TextWriter.Null, default, () => Stream.Null), new Option<bool>("--verbose"));
        return UsageError(root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null }), args);
    }

    static bool IsClosedPipe(IOException failure)
    {
        const int brokenPipe = 32;              // EPIPE
        return failure.InnerException is SocketException { NativeErrorCode: brokenPipe };     // as .NET's pipes report it
    }

    static Command CreateRoot(Shell shell, Option<bool> verbose)
    {
        var help = new HelpOption();
        help.Action = new ExampleHelp((HelpAction)help.Action!);
        var version = new Option<bool>("--version") { Description = "Print the version." };
        var root = new PaaCommand("paa", "Probabilistic Anchor Assignment: train, evaluate and use an object detector.",
            "Exit codes: 0 success, 1 failure, 2 wrong usage or configuration, 130 stopped by Ctrl+C.",
            "paa doctor", "paa demo", "paa new mine.yaml --train my/train.json --images my/images",
            "paa train mine.yaml --budget 15m", "paa predict work_dirs/mine/best.pth photo.jpg --out drawn")
        {
            help, version, verbose,
            NewCommand.Create(shell),
            TrainCommand.Create(shell), TestCommand.Create(shell), PredictCommand.Create(shell), QuantizeCommand.Create(shell),
            ExportCommand.Create(shell),
            DemoCommand.Create(shell, step => Run(step, shell.Output, shell.Error, shell.Stop, shell.Input)),
            DataCommand.Create(shell), ZooCommand.Create(shell), ConfigCommand.Create(shell),
            InspectCommand.Create(shell), ConvertCommand.Create(shell), LaunchCommand.Create(shell),
            DoctorCommand.Create(shell),
        };
        root.SetAction(arguments =>
        {
            if (!arguments.GetValue(version)) return ShowHelp(root);
            shell.Output.WriteLine($"paa {Installation.Version}");
            return ExitCode.Success;
        });
        foreach (var group in root.Subcommands.Where(command => command.Action is null)) group.SetAction(_ => ShowHelp(group));
        return root;

        int ShowHelp(Command command)
        {
            var path = command == root ? Array.Empty<string>() : [command.Name];
            var streams = new InvocationConfiguration { Output = shell.Output, Error = shell.Error };
            return root.Parse([.. path, "--help"]).Invoke(streams);
        }
    }

    /// <summary>The full name of a command, such as <c>paa config show</c>.</summary>
    static string FullName(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{FullName(parent)} {command.Command.Name}" : command.Command.Name;

    /// <summary>What is wrong with the arguments; null if nothing is.</summary>
    static string? UsageError(ParseResult arguments, IReadOnlyList<string> args)
    {
        var command = arguments.CommandResult.Command;
        if (UnknownOption(arguments, args) is { } option)
            return Unknown("option", option, command.Options.Select(known => known.Name));
        if (arguments.Errors.Count == 0) return null;
        if (arguments.UnmatchedTokens.Count == 0) return ErrorText.OneLine(arguments.Errors[0].Message);
        return Unknown(command.Subcommands.Count > 0 ? "command" : "argument", arguments.UnmatchedTokens[0],
            command.Subcommands.Select(below => below.Name));
    }

    /// <summary>A word that looks like an option and is none. The library takes it for a value where values may follow; here it
    /// is one only behind <c>--</c>, or if it is a number.</summary>
    static string? UnknownOption(ParseResult arguments, IReadOnlyList<string> args)
    {
        var asTyped = args.TakeWhile(word => word != "--").ToHashSet();
        return arguments.UnmatchedTokens
            .Concat(arguments.CommandResult.Children.SelectMany(Values))
            .FirstOrDefault(word => asTyped.Contains(word) && word.Length > 1 && word[0] == '-'
                && !double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _));

        static IEnumerable<string> Values(SymbolResult result) => result switch
        {
            ArgumentResult argument => argument.Tokens.Select(token => token.Value),
            OptionResult { Option.AllowMultipleArgumentsPerToken: true } option => option.Tokens.Select(token => token.Value),
            _ => [],
        };
    }

    static string Unknown(string kind, string word, IEnumerable<string> names) => NearestName.Find(word, names) is { } nearest
        ? $"unknown {kind} '{word}', did you mean '{nearest}'?"
        : $"unknown {kind} '{word}'.";
}
