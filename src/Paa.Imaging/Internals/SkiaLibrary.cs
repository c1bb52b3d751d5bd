using SkiaSharp;

namespace Paa.Imaging.Internals;

/// <summary>Skia's native library, which comes with the package SkiaSharp and is loaded by the first call into it.</summary>
static class SkiaLibrary
{
    static readonly Lazy<string> Loaded = new(static () => Load(static () => SkiaSharpVersion.Native));

    /// <summary>Version of Skia.</summary>
    /// <exception cref="ImageException">The library is missing or is not the one that SkiaSharp was made for.</exception>
    public static string Version => Loaded.Value;

    /// <summary>Asks for the version; every way in which a library cannot be loaded becomes one message.</summary>
    internal static string Load(Func<Version> readVersion)
    {
        try
        {
            return readVersion().ToString();
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException
            or TypeInitializationException or InvalidOperationException)
        {
            throw new ImageException("libSkiaSharp", $"cannot be loaded: {Describe(e)}; the program must be published with the "
                + "SkiaSharp.NativeAssets package of its system (Linux.NoDependencies, Win32 or macOS)", e);
        }
    }

    static string Describe(Exception error) =>
        (error.InnerException ?? error).Message.Split('\n')[0].Trim().TrimEnd('.');
}
