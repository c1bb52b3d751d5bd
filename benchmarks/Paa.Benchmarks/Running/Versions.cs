using System.Runtime.InteropServices;
using System.Text.Json;
using Paa.Dnn;
using Paa.Imaging;
using Paa.Reports;
using Paa.Torch;

namespace Paa.Benchmarks.Running;

/// <summary>Versions of all that takes part.</summary>
static class Versions
{
    /// <summary>Of what is linked into this program; loads everything.</summary>
    public static Dictionary<string, string> Own() => new()
    {
        ["dotnet"] = RuntimeInformation.FrameworkDescription,
        ["libtorch"] = TorchRuntime.Version,
        ["onednn"] = Try(() => DnnEngine.Versions),
        ["imaging"] = Try(() => ImagingRuntime.Versions),
    };

    /// <summary>Ours and the peers', found by other processes, so that this one stays small.</summary>
    public static Dictionary<string, string> All()
    {
        var all = new Dictionary<string, string> { ["paa"] = Commit() };
        if (PythonPeers.Output(RepositoryFiles.Program, "versions") is { } text)
            foreach (var (name, version) in JsonSerializer.Deserialize<Dictionary<string, string>>(text)!) all[name] = version;
        foreach (var (name, version) in PythonPeers.Versions) all[name == "python" ? name : $"python_{name}"] = version;
        return all;
    }

    /// <summary>As one line.</summary>
    public static string ToJson(Dictionary<string, string> versions) => Json.Text(versions, Json.Line);

    static string Commit()
    {
        var commit = PythonPeers.Output("git", "rev-parse", "--short", "HEAD") ?? "unknown commit";
        return PythonPeers.Output("git", "status", "--porcelain", "--untracked-files=no") is { Length: > 0 }
            ? $"{commit}, changed" : commit;
    }

    static string Try(Func<string> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is DnnException or ImageException)
        {
            return "missing";
        }
    }
}
