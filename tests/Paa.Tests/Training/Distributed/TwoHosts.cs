using System.Diagnostics;

namespace Paa.Tests.Training.Distributed;

/// <summary>Two machines, as far as the network goes: namespaces with a cable between them, and host names of their
/// own.</summary>
sealed class TwoHosts : IDisposable
{
    /// <summary>Address of the first.</summary>
    public const string FirstAddress = "10.77.31.1";

    const string SecondAddress = "10.77.31.2";

    readonly string[] _names = [$"paa-a-{Environment.ProcessId}", $"paa-b-{Environment.ProcessId}"];

    TwoHosts()
    {
    }

    /// <summary>Makes them.</summary>
    /// <param name="reason">Why that is not possible here.</param>
    public static TwoHosts? TryCreate(out string reason)
    {
        var hosts = new TwoHosts();
        var (a, b) = (hosts._names[0], hosts._names[1]);
        reason = Ip($"netns add {a}") ?? Ip($"netns add {b}")
            ?? Ip($"link add paa0 netns {a} type veth peer name paa1 netns {b}")
            ?? Ip($"-n {a} addr add {FirstAddress}/24 dev paa0") ?? Ip($"-n {b} addr add {SecondAddress}/24 dev paa1")
            ?? Ip($"-n {a} link set lo up") ?? Ip($"-n {b} link set lo up")
            ?? hosts.TryConnect() ?? "";
        if (reason.Length == 0) return hosts;
        hosts.Dispose();
        return null;
    }

    /// <summary>What starts a program on a host, named host-a or host-b.</summary>
    public string[] On(int host) =>
    [
        "ip", "netns", "exec", _names[host],
        "unshare", "--uts", "sh", "-c", $"hostname host-{(char)('a' + host)} && exec \"$@\"", "sh",
    ];

    /// <summary>Pulls the cable: nothing arrives any more, and nobody is told.</summary>
    public void Cut() => Assert.Null(Ip($"-n {_names[0]} link set paa0 down"));

    /// <summary>Puts it back.</summary>
    public void Connect() => Assert.Null(TryConnect());

    public void Dispose()
    {
        foreach (var name in _names) Ip($"netns del {name}");
    }

    string? TryConnect() => Ip($"-n {_names[0]} link set paa0 up") ?? Ip($"-n {_names[1]} link set paa1 up");

    /// <summary>Runs the command ip; null, or why it failed.</summary>
    static string? Ip(string arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"ip {arguments}: {error.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "the command ip is missing (iproute2)";
        }
    }
}
