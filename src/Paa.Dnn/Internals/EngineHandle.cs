using Microsoft.Win32.SafeHandles;

namespace Paa.Dnn.Internals;

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
