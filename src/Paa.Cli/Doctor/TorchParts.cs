using System.Text.RegularExpressions;

namespace Paa.Cli.Doctor;

/// <summary>Judges the parts that a libtorch may have or lack.</summary>
static partial class TorchParts
{
    const string OtherLibtorch = "build against another libtorch: ./build.sh build --libtorch DIR";
    const string Rebuild = "./build.sh clean && ./build.sh build";      // which installs Gloo's headers

    /// <summary>oneDNN, the convolutions on the CPU.</summary>
    /// <param name="buildInfo">libtorch's description of itself.</param>
    /// <param name="trainsOnIt">Whether training takes kernels from it that libtorch does not choose.</param>
    public static Check OneDnn(string buildInfo, bool trainsOnIt)
    {
        var version = OneDnnVersion().Match(buildInfo);
        if (!version.Success)
        {
            const string Problem = "libtorch was built without it: convolutions on the CPU are slow";
            return new Check("oneDNN", Problem, CheckLevel.Warning, OtherLibtorch);
        }
        var training = trainsOnIt ? "training takes its Winograd kernels"
            : "inside libtorch, which chooses the kernels of training";
        return new Check("oneDNN", $"{version.Groups[1].Value}, {training}");
    }

    /// <summary>CUDA.</summary>
    /// <param name="version">That of the build; null without.</param>
    /// <param name="deviceCount">Devices that can be used.</param>
    public static Check Cuda(string? version, int deviceCount) => new("CUDA", (version, deviceCount) switch
    {
        (null, _) => "not in this libtorch: --device cpu only",
        (_, 0) => $"{version}, but no device that it can use: --device cpu only",
        (_, 1) => $"{version}, 1 device",
        _ => $"{version}, {deviceCount} devices",
    });

    /// <summary>What carries messages between processes.</summary>
    /// <param name="hasGloo">Between CPUs.</param>
    /// <param name="ncclVersion">Between GPUs; null without.</param>
    /// <param name="hasCuda">Whether this libtorch has CUDA, without which it has no NCCL.</param>
    public static Check Distributed(bool hasGloo, string? ncclVersion, bool hasCuda)
    {
        var gloo = hasGloo ? "Gloo" : "no Gloo: its headers were not found";
        var nccl = ncclVersion is not null ? $"NCCL {ncclVersion}"
            : hasCuda ? "no NCCL: its header was not found, or this libtorch has none" : "no NCCL: this libtorch has no CUDA";
        var fix = hasCuda && ncclVersion is null ? $"sudo apt-get install -y libnccl-dev && {Rebuild}" : hasGloo ? null : Rebuild;
        return new Check("distributed", $"{gloo}; {nccl}", fix is null ? CheckLevel.Ok : CheckLevel.Warning, fix);
    }

    [GeneratedRegex(@"(?:MKL-DNN|oneDNN|OneDNN)\D*v?(\d+\.\d+\.\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex OneDnnVersion();
}
