using System.Diagnostics;
using System.Text.Json;

namespace Paa.Tests.Export;

/// <summary>Node with the packages of <c>tests/clients</c>, which <c>build.sh test</c> installs.</summary>
static class NodeClient
{
    static readonly string Packages = Path.Combine(Repository.Root, "artifacts/clients/node_modules");

    /// <summary>Why it cannot be used; null if it can.</summary>
    public static string? Obstacle { get; } = Find();

    /// <summary>The folder of a package.</summary>
    public static string Folder(string package) => Path.Combine(Packages, package);

    /// <summary>Runs a script in a folder of its own.</summary>
    /// <returns>What it prints.</returns>
    public static string Run(string script, string input = "")
    {
        using var folder = new TemporaryFolder();
        Directory.CreateSymbolicLink(folder["node_modules"], Packages);
        return Programs.Run("node", [folder.Write("script.cjs", script)], input);
    }

    /// <summary>Runs models on feeds.</summary>
    public static Answer[] Run(IEnumerable<Job> jobs)
    {
        var script = File.ReadAllText(Path.Combine(Repository.Root, "tests/clients/detect.cjs"));
        var answers = Run(script, JsonSerializer.Serialize(jobs, Json));
        return [.. JsonSerializer.Deserialize<Dictionary<string, Output>[]>(answers, Json)!
            .Select(outputs => new Answer(outputs))];
    }

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    static string? Find()
    {
        if (!Directory.Exists(Path.Combine(Packages, "onnxruntime-node")))
            return "The packages of tests/clients are not installed; './build.sh test' does that where npm is.";
        try
        {
            Programs.Run("node", ["--version"]);
            return null;
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception)
        {
            return "Node is not installed.";
        }
    }

    public sealed record Job(string Model, Dictionary<string, Feed> Feeds);

    public sealed record Feed(string Type, long[] Dims, byte[] Data);

    public sealed record Output(int[] Dims, double[] Data);

    public sealed record Answer(Dictionary<string, Output> Outputs);
}

/// <summary>Other programs.</summary>
static class Programs
{
    /// <summary>Runs a program to its end; fails if it does.</summary>
    /// <returns>What it prints.</returns>
    public static string Run(string program, string[] arguments, string input = "")
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {output.Result}{error.Result}");
        return output.Result;
    }
}
