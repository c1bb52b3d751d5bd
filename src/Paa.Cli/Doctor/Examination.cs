using System.Runtime.InteropServices;
using Paa.Cli.Shared;
using Paa.Dnn;
using Paa.Imaging;
using Paa.Onnx;
using Paa.Platform;
using Paa.Torch;
using Paa.Torch.Distributed;

namespace Paa.Cli.Doctor;

/// <summary>Checks everything that Paa needs from the machine.</summary>
static class Examination
{
    /// <summary>Where there is nothing to build, the message itself says what to do.</summary>
    static readonly string? BuildFix = SourceTree.IsHome ? "./build.sh build" : null;

    /// <summary>Runs all checks, in the order in which they are shown.</summary>
    public static IReadOnlyList<Check> Run() =>
        [ProgramVersion(), DotNet(), Processor.Read().ToCheck(), ImagingCheck(), DnnCheck(), OnnxCheck(), .. TorchChecks()];

    static Check ProgramVersion() => new("paa", $"{Installation.Version}, {AppContext.BaseDirectory}");

    static Check DotNet() => new(".NET", $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, "
        + RuntimeInformation.ProcessArchitecture);

    static IEnumerable<Check> TorchChecks()
    {
        try
        {
            using (var one = Tensor.Ones([4, 4])) _ = one.Sum();      // makes libtorch load its lazy libraries now
            var build = TorchRuntime.BuildInfo;
            return
            [
                new("libpaa_torch", TorchRuntime.NativePath),
                new("libtorch", TorchRuntime.Version),
                BlasLibrary.Identify(LoadedLibraries.Read(), build),
                TorchParts.OneDnn(build, TorchRuntime.TrainsOnOneDnn),
                Threads(),
                TorchParts.Cuda(TorchRuntime.CudaVersion, TorchRuntime.CudaDeviceCount),
                TorchParts.Distributed(Backends.Has(Backend.Gloo), Backends.NcclVersion, TorchRuntime.CudaVersion is not null),
            ];
        }
        catch (Exception error) when (IsMissingLibrary(error))
        {
            return [new("libpaa_torch", $"{ErrorText.Describe(error)} Only training needs it.", CheckLevel.Warning, BuildFix)];
        }
    }

    static Check Threads()
    {
        var text = $"{TorchRuntime.ThreadCount} of {Environment.ProcessorCount} cores";
        return TorchRuntime.ThreadCount < Environment.ProcessorCount
            ? new Check("threads", text, CheckLevel.Warning, "unset OMP_NUM_THREADS, or pass --threads 0")
            : new Check("threads", text);
    }

    static Check ImagingCheck()
    {
        try
        {
            return new Check("images", ImagingRuntime.Versions);
        }
        catch (Exception error) when (IsMissingLibrary(error))
        {
            return new Check("images", ErrorText.Describe(error), CheckLevel.Missing);
        }
    }

    static Check DnnCheck()
    {
        try
        {
            var quantized = DnnEngine.HasInt8 ? "int8" : "f32 (no VNNI)";
            return new Check("engine onednn", $"{DnnEngine.Versions}; quantised detectors run in {quantized}");
        }
        catch (Exception error) when (IsMissingLibrary(error))
        {
            var problem = $"{ErrorText.Describe(error)} Detectors run on ONNX Runtime.";
            return new Check("engine onednn", problem, CheckLevel.Warning, BuildFix);
        }
    }

    static Check OnnxCheck()
    {
        try
        {
            var devices = string.Join(", ", OnnxRuntime.Providers.Select(name => name.Replace("ExecutionProvider", "")));
            return new Check("engine onnx", $"ONNX Runtime {OnnxRuntime.Version}: {devices}");
        }
        catch (OnnxException error)
        {
            return new Check("engine onnx", error.Message, CheckLevel.Warning);
        }
    }

    static bool IsMissingLibrary(Exception error) =>
        error is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException
            or TorchException or ImageException or DnnException;
}

/// <summary>Severity of a check's result.</summary>
enum CheckLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, but slowly or not for everything.</summary>
    Warning,

    /// <summary>Something necessary is missing.</summary>
    Missing,
}

/// <summary>One line of <c>paa doctor</c>.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Value">What was found.</param>
/// <param name="Level">The severity.</param>
/// <param name="Fix">The command or step that fixes it; null if there is nothing to fix.</param>
sealed record Check(string Name, string Value, CheckLevel Level = CheckLevel.Ok, string? Fix = null);
