using System.Runtime.InteropServices;
using Paa.Platform;

namespace Paa.Torch.Internals;

/// <summary>Loads libpaa_torch.so.</summary>
static class NativeLoader
{
    internal const string FileName = "libpaa_torch.so";

    static readonly NativePackage Package = new("Paa.Torch", "Debian 12 on x64", "it needs Debian 12's libtorch: apt-get install "
        + "libtorch1.13 libopenblas0-pthread; on another system build Paa from its sources against the libtorch there");

    static readonly NativeFile File = new(FileName, "libtorch", Package, abiVersion: 4, "paa_abi_version",
        static (file, reason, _) => new TorchException("native library", $"{file}: {reason}."))
    {
        Prepare = ApplyThreads,
    };

    static int _threads;

    /// <summary>The loaded file; empty before the first native call.</summary>
    internal static string LoadedPath => File.LoadedPath;

    /// <summary>Whether libtorch is in the process.</summary>
    internal static bool IsLoaded => LoadedPath.Length > 0;

    /// <summary>Threads for libtorch to use once it is loaded; 0 for its own choice.</summary>
    internal static int Threads
    {
        get => Volatile.Read(ref _threads);
        set => Volatile.Write(ref _threads, value);
    }

    internal static void Register() => File.Register(typeof(NativeLoader).Assembly, Native.Library);

    /// <exception cref="TorchException">No folder has it, it cannot be loaded, or it was built for another ABI
    /// version.</exception>
    internal static nint Load(IReadOnlyList<string> folders) => File.Load(folders);

    // Not by the declaration in Native, which would ask for the library that is just being loaded.
    static unsafe void ApplyThreads(nint library)
    {
        if (Threads > 0)
            ((delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, nameof(Native.paa_set_threads)))(Threads);
    }
}
