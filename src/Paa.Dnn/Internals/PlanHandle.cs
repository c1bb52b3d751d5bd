using Microsoft.Win32.SafeHandles;

namespace Paa.Dnn.Internals;

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
