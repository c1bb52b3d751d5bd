using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;

namespace Paa.Onnx;

/// <summary>The ONNX Runtime that a program brings along.</summary>
public static class OnnxRuntime
{
    static readonly Lock Turn = new();

    /// <summary>Its version.</summary>
    /// <exception cref="OnnxException">It is missing.</exception>
    public static string Version => Guard(() => Environment.GetVersionString());

    /// <summary>Where it can compute: <c>CPUExecutionProvider</c> and what else its package has.</summary>
    /// <exception cref="OnnxException">It is missing.</exception>
    public static IReadOnlyList<string> Providers => Guard(() => Environment.GetAvailableProviders());

    /// <summary>Whether its products of 8-bit integers cannot overflow on this processor: on x86 that takes VNNI.</summary>
    public static bool HasInt8
    {
        get
        {
            if (!X86Base.IsSupported) return true;
            const int features = 7, avx512Vnni = 1 << 11, avxVnni = 1 << 4;
            if (X86Base.CpuId(0, 0).Eax < features) return false;
            return (X86Base.CpuId(features, 0).Ecx & avx512Vnni) != 0 || (X86Base.CpuId(features, 1).Eax & avxVnni) != 0;
        }
    }

    /// <summary>What ONNX Runtime has once a process: quiet, and without the telemetry that its builds send by default. Where the
    /// program has made it already, it is the program's.</summary>
    internal static OrtEnv Environment
    {
        get
        {
            lock (Turn)
            {
                if (OrtEnv.IsCreated) return OrtEnv.Instance();
                var options = new EnvironmentCreationOptions
                {
                    logId = "Paa",
                    logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
                };
                var made = OrtEnv.CreateInstanceWithOptions(ref options);
                made.DisableTelemetryEvents();
                return made;
            }
        }
    }

    /// <summary>Makes one kind of exception, with one line, of what can go wrong.</summary>
    internal static T Guard<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (OnnxRuntimeException error)
        {
            throw new OnnxException($"ONNX Runtime: {OneLine(error)}", error);
        }
        catch (Exception error) when (Innermost(error) is DllNotFoundException or EntryPointNotFoundException
            or BadImageFormatException)
        {
            throw new OnnxException("ONNX Runtime cannot be loaded; add the package Microsoft.ML.OnnxRuntime, which has it for "
                + $"Windows, Linux and macOS. The loader says: {OneLine(Innermost(error))}", error);
        }
    }

    static string OneLine(Exception error) => error.Message.ReplaceLineEndings(" ").Trim();

    static Exception Innermost(Exception error) =>
        error is TypeInitializationException { InnerException: { } inner } ? Innermost(inner) : error;
}

/// <summary>How ONNX Runtime computes a model.</summary>
public sealed record OnnxSessionOptions
{
    /// <summary>Threads that compute; 0 for all cores.</summary>
    public int ThreadCount { get; init; }

    /// <summary>Where it computes; see <see cref="OnnxDevice"/>.</summary>
    public OnnxDevice Device { get; init; } = OnnxDevice.Cpu;

    internal SessionOptions Create()
    {
        _ = OnnxRuntime.Environment;                // before the first session makes another
        var options = new SessionOptions
        {
            IntraOpNumThreads = ThreadCount,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            // One plan of memory for every size that comes along costs more than it saves: a quarter of an R-50's peak.
            EnableMemoryPattern = false,
        };
        try
        {
            // Threads that spin while they wait take time from whatever else runs on the machine.
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            Device.AddTo(options);
            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }
}

/// <summary>A model that ONNX Runtime cannot open or compute, or no ONNX Runtime.</summary>
/// <param name="message">What is wrong, in one line.</param>
/// <param name="inner">What ONNX Runtime says.</param>
public sealed class OnnxException(string message, Exception? inner = null) : Exception(message, inner);
