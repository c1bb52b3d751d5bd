using System.Reflection;
using BitMiracle.LibTiff.Classic;
using Paa.Imaging.Internals;
using SkiaSharp;

namespace Paa.Imaging;

/// <summary>Facts about the image library, for <c>paa doctor</c>.</summary>
public static class ImagingRuntime
{
    /// <summary>Starts to load Skia on another thread: time in which a program can read its weights. The first call that needs
    /// it waits for the rest, and shows the error if there is one.</summary>
    public static void BeginLoading() => ThreadPool.QueueUserWorkItem(static _ =>
    {
        try
        {
            _ = SkiaLibrary.Version;
        }
        catch (ImageException)
        {
            // The first call that needs the library reports it.
        }
    });

    /// <summary>Versions of SkiaSharp, of its native library, and of LibTiff.NET.</summary>
    /// <exception cref="ImageException">The native library is missing or is another one; the message tells the fix.</exception>
    public static string Versions =>
        $"SkiaSharp {VersionOf<SKCodec>()}, libSkiaSharp {SkiaLibrary.Version}, LibTiff.NET {VersionOf<Tiff>()}";

    static string VersionOf<T>()
    {
        var assembly = typeof(T).Assembly;
        var text = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return (text ?? assembly.GetName().Version!.ToString()).Split('+', '-')[0];
    }
}
