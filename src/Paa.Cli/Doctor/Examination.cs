using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Paa.Dnn;
using Paa.Imaging;
using Paa.Torch;

namespace Paa.Cli.Doctor;

/// <summary>Looks at everything that Paa needs from the machine.</summary>
static partial class Examination
{
    const string BuildFix = "./build.sh build";

    /// <summary>All checks, in the order in which they are shown.</summary>
    public static IReadOnlyList<Check> Run() =>
        [ProgramVersion(), DotNet(), Processor.Read().ToCheck(), .. TorchChecks(), ImagingCheck(), DnnCheck()];

    static Check ProgramVersion() => new("paa", $"{CommandLine.Version}, {AppContext.BaseDirectory}");

    static Check DotNet() => new(".NET", $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, "
        + RuntimeInformation.ProcessArchitecture);

    static IEnumerable<Check> TorchChecks()
    {
        try
        {
            using (var one = Tensor.Ones([4, 4])) _ = one.Sum();      // what libtorch loads late is loaded now
            var build = TorchRuntime.BuildInfo;
            return
            [
                new("libpaa_torch", TorchRuntime.NativePath),
                new("libtorch", TorchRuntime.Version),
                BlasLibrary.Identify(LoadedLibraries.Read(), build),
                OneDnn(build),
                Threads(),
                Cuda(),
            ];
        }
        catch (Exception error) when (IsMissingLibrary(error))
        {
            return [new("libpaa_torch", ErrorText.Describe(error), CheckLevel.Missing, BuildFix)];
        }
    }

    static Check OneDnn(string build)
    {
        var version = OneDnnVersion().Match(build);
        return version.Success
            ? new Check("oneDNN", version.Groups[1].Value)
            : new Check("oneDNN", "libtorch was built without it: convolutions on the CPU are slow", CheckLevel.Warning,
                "build against another libtorch: ./build.sh build --libtorch DIR");
    }

    static Check Threads()
    {
        var text = $"{TorchRuntime.ThreadCount} of {Environment.ProcessorCount} cores";
        return TorchRuntime.ThreadCount < Environment.ProcessorCount
            ? new Check("threads", text, CheckLevel.Warning, "unset OMP_NUM_THREADS, or pass --threads 0")
            : new Check("threads", text);
    }

    static Check Cuda() => TorchRuntime.CudaAvailable
        ? new Check("CUDA", $"{TorchRuntime.CudaDeviceCount} devices")
        : new Check("CUDA", "none: --device cpu only");

    static Check ImagingCheck()
    {
        try
        {
            return new Check("libpaa_image", ImagingRuntime.Versions);
        }
        catch (Exception error) when (IsMissingLibrary(error))
        {
            return new Check("libpaa_image", ErrorText.Describe(error), CheckLevel.Missing, BuildFix);
        }
    }

    static Check DnnCheck()
    {
        try
        {
            var quantized = DnnEngine.HasInt8 ? "int8" : "f32 (no VNNI)";
            return new Check("libpaa_dnn", $"{DnnEngine.Versions}; quantised detectors run in {quantized}");
        }
        catch (Exception error) when (IsMissingLibrary(error))
        {
            var problem = $"{ErrorText.Describe(error)} Detectors run on libtorch, two to three times slower.";
            return new Check("libpaa_dnn", problem, CheckLevel.Warning, BuildFix);
        }
    }

    static bool IsMissingLibrary(Exception error) =>
        error is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException
            or TorchException or ImageException or DnnException;

    [GeneratedRegex(@"(?:MKL-DNN|oneDNN|OneDNN)\D*v?(\d+\.\d+\.\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex OneDnnVersion();
}
