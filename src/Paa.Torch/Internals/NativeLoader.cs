using Paa.Interop;

namespace Paa.Torch.Internals;

/// <summary>Loads libpaa_torch.so.</summary>
static class NativeLoader
{
    internal const string FileName = "libpaa_torch.so";

    static readonly NativeFile File = new(FileName, "libtorch", abiVersion: 2, "paa_abi_version",
        static (file, reason, _) => new TorchException("native library", $"{file}: {reason}."));

    /// <summary>The loaded file; empty before the first native call.</summary>
    internal static string LoadedPath => File.LoadedPath;

    internal static void Register() => File.Register(typeof(NativeLoader).Assembly, Native.Library);

    /// <exception cref="TorchException">No folder has it, it cannot be loaded, or it was built for another ABI version.</exception>
    internal static nint Load(IReadOnlyList<string> folders) => File.Load(folders);
}
