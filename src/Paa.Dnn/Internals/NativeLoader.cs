using Paa.Platform;

namespace Paa.Dnn.Internals;

/// <summary>Loads libpaa_dnn.so.</summary>
static class NativeLoader
{
    internal const string FileName = "libpaa_dnn.so";

    static readonly NativeFile File = new(FileName, "oneDNN", abiVersion: 2, "paa_dnn_abi_version",
        static (file, reason, cause) => new DnnException($"{file}: {reason}.", cause));

    internal static void Register() => File.Register(typeof(NativeLoader).Assembly, Native.Library);

    /// <exception cref="DnnException">No folder has it, it cannot be loaded, or it was built for another ABI version.</exception>
    internal static nint Load(IReadOnlyList<string> folders) => File.Load(folders);
}
