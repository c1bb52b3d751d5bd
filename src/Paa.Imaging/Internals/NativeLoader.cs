using Paa.Platform;

namespace Paa.Imaging.Internals;

/// <summary>Loads libpaa_image.so.</summary>
static class NativeLoader
{
    internal const string FileName = "libpaa_image.so";

    static readonly NativeFile File = new(FileName, "OpenCV", abiVersion: 2, "paa_image_abi_version",
        static (file, reason, cause) => new ImageException(file, reason, cause));

    internal static void Register() => File.Register(typeof(NativeLoader).Assembly, Native.Library);

    /// <exception cref="ImageException">No folder has it, it cannot be loaded, or it was built for another ABI version.</exception>
    internal static nint Load(IReadOnlyList<string> folders) => File.Load(folders);
}
