using System.Text.RegularExpressions;
using Paa.Platform;

namespace Paa.Cli.Doctor;

/// <summary>Checks the optional parts of a libtorch.</summary>
static partial class TorchParts
{
    static readonly string OtherLibtorch = SourceTree.IsHome
        ? "build against another libtorch: ./build.sh build --libtorch DIR"
        : "build Paa from its sources against another libtorch";

    static readonly string Rebuild = SourceTree.IsHome
        ? "./build.sh clean && ./build.sh build"                        // which installs Gloo's headers
        : "build Paa from its sources, where they are";

    /// <summary>Checks oneDNN, which computes convolutions on the CPU.</summary>
    /// <param name="buildInfo">libtorch's description of itself.</param>
    /// <param name="trainsOnIt">Whether training uses kernels of it that libtorch would not choose.</param>
    public static Check OneDnn(string buildInfo, bool trainsOnIt)
    {
        var version = OneDnnVersion().Match(buildInfo);
        if (!version.Success)
        {
            const string Problem = "libtorch was built without it: convolutions on the CPU are slow";
            return new Check("oneDNN", Problem, CheckLevel.Warning, OtherLibtorch);
        }
        var training = trainsOnIt ? "training uses its Winograd kernels"
            : "inside libtorch, which chooses the kernels of training";
        return new Check("oneDNN", $"{version.Groups[1].Value}, {training}");
    }

    /// <summary>Checks CUDA.</summary>
    /// <param name="version">The CUDA version of the build; null without CUDA.</param>
    /// <param name="deviceCount">Number of usable devices.</param>
    public static Check Cuda(string? version, int deviceCount) => new("CUDA", (version, deviceCount) switch
    {
        (null, _) => "not in this libtorch: --device cpu only",
        (_, 0) => $"{version}, but no device that it can use: --device cpu only",
        (_, 1) => $"{version}, 1 device",
        _ => $"{version}, {deviceCount} devices",
    });

    /// <summary>Checks the backends for messages between processes.</summary>
    /// <param name="hasGloo">Whether there is Gloo, for CPUs.</param>
    /// <param name="ncclVersion">Version of NCCL, for GPUs; null without it.</param>
    /// <param name="hasCuda">Whether this libtorch has CUDA, which NCCL requires.</param>
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
