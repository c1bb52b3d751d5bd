using Microsoft.Win32.SafeHandles;

namespace Paa.Torch.Internals;

/// <summary>Holds a native store.</summary>
sealed class StoreHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    internal StoreHandle(nint store) : base(ownsHandle: true) => SetHandle(store);

    protected override bool ReleaseHandle()
    {
        Native.paa_store_free(handle);
        return true;
    }
}

/// <summary>Holds a native process group. Releasing it waits for the work that it has begun.</summary>
sealed class GroupHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    internal GroupHandle(nint group) : base(ownsHandle: true) => SetHandle(group);

    protected override bool ReleaseHandle()
    {
        Native.paa_group_free(handle);
        return true;
    }
}

/// <summary>Holds a native gradient reducer.</summary>
sealed class ReducerHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    internal ReducerHandle(nint reducer) : base(ownsHandle: true) => SetHandle(reducer);

    protected override bool ReleaseHandle()
    {
        Native.paa_reducer_free(handle);
        return true;
    }
}
