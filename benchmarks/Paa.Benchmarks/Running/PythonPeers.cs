using System.Diagnostics;
using System.Text.Json;

namespace Paa.Benchmarks.Running;

/// <summary>The Python that runs the peers: PAA_BENCH_PYTHON, or the first one with NumPy.</summary>
static class PythonPeers
{
    static readonly Lazy<(string? Python, Dictionary<string, string> Versions)> Found = new(Find);

    /// <summary>Its modules; empty without a Python.</summary>
    public static IReadOnlyDictionary<string, string> Versions => Found.Value.Versions;

    /// <summary>The interpreter; null without one.</summary>
    public static string? Python => Found.Value.Python;

    /// <summary>The command of a peer; null without a Python.</summary>
    public static string[]? Command(IEnumerable<string> arguments) =>
        Python is { } python ? [python, Path.Combine(RepositoryFiles.Peers, "peer.py"), .. arguments] : null;

    /// <summary>Makes the problem of COCO's size, unless it is there.</summary>
    /// <remarks>There are recorded times of pycocotools for it. Without Python
    /// <see cref="Works.CocoProblem"/> stands in, of the same size.</remarks>
    public static void PrepareCoco(Action<string> progress)
    {
        if (Python is null || File.Exists(Path.Combine(RepositoryFiles.Problems, "detections.json"))) return;
        progress("making a problem of COCO's size");
        Directory.CreateDirectory(RepositoryFiles.Problems);
        Output(Python, Path.Combine(RepositoryFiles.Peers, "make_cocoval.py"), RepositoryFiles.Problems);
    }

    static (string?, Dictionary<string, string>) Find()
    {
        string[] candidates = Environment.GetEnvironmentVariable("PAA_BENCH_PYTHON") is { Length: > 0 } given
            ? [given] : ["/usr/bin/python3", "python3"];
        foreach (var python in candidates)
            if (Output(python, Path.Combine(RepositoryFiles.Peers, "peer.py"), "versions") is { } text)
            {
                var versions = JsonSerializer.Deserialize<Dictionary<string, string>>(text)!;
                if (versions.ContainsKey("numpy")) return (python, versions);
            }
        return (null, []);
    }

    /// <summary>What a short command prints; null if it fails.</summary>
    public static string? Output(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = RepositoryFiles.Root,
            })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? text.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
