using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Paa.Platform;

namespace Paa.Dnn.Internals;

/// <summary>The functions of <c>native/dnn/paa_dnn.h</c>, under their C names.</summary>
static unsafe partial class Native
{
    internal const string Library = "paa_dnn";

    static Native() => NativeLoader.Register();

    /// <summary>Turns a non-zero status into an exception.</summary>
    internal static void Check(int status)
    {
        if (status != 0) throw new DnnException(Text(paa_dnn_last_error()));
    }

    internal static string Versions() => Text(paa_dnn_versions());

    static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "unknown failure";

    [LibraryImport(Library)]
    private static partial byte* paa_dnn_last_error();

    [LibraryImport(Library)]
    private static partial byte* paa_dnn_versions();

    [LibraryImport(Library)]
    internal static partial int paa_dnn_has_int8();

    [LibraryImport(Library)]
    internal static partial int paa_dnn_engine_create(int threads, out nint engine);

    [LibraryImport(Library)]
    internal static partial void paa_dnn_engine_free(nint engine);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_engine_memory(EngineHandle engine, out long weights, out long working);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_engine_add_weights(
        EngineHandle engine, float* values, float* bias, int outputs, int inputs, int groups, int kernel, out int weights);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_engine_add_int8_weights(EngineHandle engine, sbyte* values, float* steps, float* bias,
        int outputs, int inputs, int groups, int kernel, out int weights);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_create(EngineHandle engine, int batch, out nint plan);

    [LibraryImport(Library)]
    internal static partial void paa_dnn_plan_free(nint plan);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_input(PlanHandle plan, int channels, int height, int width, out int map);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_convolution(
        PlanHandle plan, int input, int weights, int stride, int padding, int residual, int relu, out int map);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_group_norm(
        PlanHandle plan, int input, int groups, float epsilon, float* gain, float* shift, int relu, out int map);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_max_pool(
        PlanHandle plan, int input, int kernel, int stride, int padding, out int map);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_add(PlanHandle plan, int first, int second, int relu, out int map);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_resize(PlanHandle plan, int input, int height, int width, out int map);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_quantize(PlanHandle plan, int map, float step, int isSigned);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_quantize_input(PlanHandle plan, float* scales, float* offsets);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_observe(PlanHandle plan, int map);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_observed(
        PlanHandle plan, int map, long* bins, out float limit, out float least, double* means);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_output(PlanHandle plan, int map);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_shape(PlanHandle plan, int map, int* shape);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_compile(PlanHandle plan);

    [LibraryImport(Library)]
    internal static partial int paa_dnn_plan_run(PlanHandle plan, float* input, float** outputs);
}

/// <summary>Loads libpaa_dnn.so.</summary>
static class NativeLoader
{
    internal const string FileName = "libpaa_dnn.so";

    static readonly NativePackage Package = new("Paa.Dnn", "Linux on x64",
        "it needs glibc 2.34 and the libstdc++ of GCC 11 or later: Debian 12, Ubuntu 22.04, RHEL 9 and what came after them");

    static readonly NativeFile File = new(FileName, "oneDNN", Package, abiVersion: 2, "paa_dnn_abi_version",
        static (file, reason, cause) => new DnnException($"{file}: {reason}.", cause));

    internal static void Register() => File.Register(typeof(NativeLoader).Assembly, Native.Library);
}

/// <summary>The only holder of a pointer to a native engine.</summary>
sealed class EngineHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    internal EngineHandle(nint engine) : base(ownsHandle: true) => SetHandle(engine);

    protected override bool ReleaseHandle()
    {
        Native.paa_dnn_engine_free(handle);
        return true;
    }
}

/// <summary>The only holder of a pointer to a native plan; it keeps the engine alive.</summary>
sealed class PlanHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    readonly EngineHandle _engine;

    internal PlanHandle(nint plan, EngineHandle engine) : base(ownsHandle: true)
    {
        SetHandle(plan);
        _engine = engine;
        var isKept = false;
        engine.DangerousAddRef(ref isKept);
    }

    protected override bool ReleaseHandle()
    {
        Native.paa_dnn_plan_free(handle);
        _engine.DangerousRelease();
        return true;
    }
}
