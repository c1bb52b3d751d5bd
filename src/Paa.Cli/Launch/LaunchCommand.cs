using System.CommandLine;
using System.Globalization;
using Paa.Cli.Shared;
using Paa.Training.Distributed;

namespace Paa.Cli.Launch;

/// <summary><c>paa launch</c>: starts a command as several processes that work together.</summary>
static class LaunchCommand
{
    static readonly string[] Launchable = ["train", "test"];

    public static Command Create(Shell shell)
    {
        var processes = new Option<int>("--nproc")
        {
            Description = "Processes on this machine: one per GPU.",
            HelpName = "N",
            Required = true,
        };
        var nodes = new Option<int>("--nnodes") { Description = "Machines.", HelpName = "M", DefaultValueFactory = _ => 1 };
        var node = new Option<int>("--node-rank") { Description = "Number of this machine, from 0.", HelpName = "R" };
        var rendezvous = new Option<string?>("--rdzv")
        {
            Description = "Machine 0 and a free port on it, the same on all machines; needed with --nnodes.",
            HelpName = "HOST:PORT",
        };
        var logs = new Option<string?>("--log-dir")
        {
            Description = "Folder for a copy of each process's output; by default logs in the folder of the run.",
            HelpName = "DIR",
        };
        var timeout = Workers.Timeout();
        var words = new Argument<string[]>("COMMAND")
        {
            Description = "After --: train or test, and its arguments.",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new PaaCommand("launch", "Starts several processes that train or evaluate together.",
            "Each line of output begins with the rank of its process. If a process fails, the others end within "
            + "seconds, one\n"
            + "message says which and why, and the command exits with its exit code. Continue with --resume.",
            "paa launch --nproc 8 -- train configs/paa/paa_r50_fpn_1x_coco.yaml --device cuda",
            "paa launch --nproc 8 --nnodes 2 --node-rank 0 --rdzv node0:29500 -- train paa_r101_fpn_2x_coco --device cuda",
            "paa launch --nproc 4 -- test work_dirs/mine/best.pth --device cuda")
        {
            processes, nodes, node, rendezvous, logs, timeout, words,
        };
        command.SetAction(arguments =>
        {
            var args = arguments.GetRequiredValue(words);
            if (!Launchable.Contains(args[0]))
                throw new UsageException($"'{args[0]}' cannot be launched: write -- and then {string.Join(" or ", Launchable)}.");
            var plan = new LaunchPlan
            {
                Processes = CommonOptions.AtLeast(1, "--nproc", arguments.GetRequiredValue(processes)),
                Nodes = CommonOptions.AtLeast(1, "--nnodes", arguments.GetRequiredValue(nodes)),
                NodeRank = CommonOptions.AtLeast(0, "--node-rank", arguments.GetValue(node)),
                Arguments = args,
                LogFolder = arguments.GetValue(logs) ?? Path.Combine(WorkFolder(args) ?? "work_dirs", "logs"),
                Timeout = TimeSpan.FromSeconds(arguments.GetValue(timeout) ?? Workers.DefaultTimeout),
            };
            if (plan.NodeRank >= plan.Nodes)
                throw new UsageException($"--node-rank {plan.NodeRank}: machines are numbered 0 to {plan.Nodes - 1}.");
            var (host, port) = ParseRendezvous(arguments.GetValue(rendezvous), plan.Nodes);
            return new Launcher(shell, plan with { MasterAddress = host, MasterPort = port }).Run();
        });
        return command;
    }

    static (string Host, int Port) ParseRendezvous(string? text, int nodes)
    {
        if (text is null)
            return nodes == 1 ? ("127.0.0.1", 0)
                : throw new UsageException("--nnodes needs --rdzv HOST:PORT, with a port of machine 0.");
        var colon = text.LastIndexOf(':');
        if (colon < 0) return (text, Placement.DefaultPort);
        return colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port > 0
            ? (text[..colon], port)
            : throw new UsageException($"--rdzv: expected HOST:PORT, got '{text}'.");
    }

    /// <summary>The folder of the run that the command writes to.</summary>
    static string? WorkFolder(string[] args)
    {
        var option = Array.FindIndex(args, arg => arg == "--work-dir" || arg.StartsWith("--work-dir=", StringComparison.Ordinal));
        if (option >= 0) return args[option].Contains('=') ? args[option].Split('=', 2)[1] : args.ElementAtOrDefault(option + 1);
        return args is ["train", var config, ..] ? Path.Combine("work_dirs", Path.GetFileNameWithoutExtension(config)) : null;
    }
}

/// <summary>The processes that <c>paa launch</c> starts on this machine.</summary>
sealed record LaunchPlan
{
    /// <summary>Number of processes on each machine.</summary>
    public required int Processes { get; init; }

    /// <summary>Number of machines.</summary>
    public required int Nodes { get; init; }

    /// <summary>Index of this machine, from 0.</summary>
    public required int NodeRank { get; init; }

    /// <summary>Command and arguments.</summary>
    public required string[] Arguments { get; init; }

    /// <summary>Folder for a copy of each process's output.</summary>
    public required string LogFolder { get; init; }

    /// <summary>The longest wait for another process.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Address of machine 0, which keeps the store.</summary>
    public string MasterAddress { get; init; } = "";

    /// <summary>Port of the store; 0 for any free one.</summary>
    public int MasterPort { get; init; }

    /// <summary>The rank of a process on this machine.</summary>
    public int Rank(int localRank) => NodeRank * Processes + localRank;

    /// <summary>Whether the process with a rank runs on this machine.</summary>
    public bool IsHere(int rank) => rank >= Rank(0) && rank < Rank(Processes);
}
