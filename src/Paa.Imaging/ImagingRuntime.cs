using System.Runtime.InteropServices;
using Paa.Imaging.Internals;

namespace Paa.Imaging;

/// <summary>Facts about the native image library, for <c>paa doctor</c>.</summary>
public static class ImagingRuntime
{
    /// <summary>Starts to load OpenCV on another thread: time in which a program can read its weights. The first call that needs
    /// it waits for the rest, and shows the error if there is one.</summary>
    public static void BeginLoading() => ThreadPool.QueueUserWorkItem(static _ =>
    {
        try
        {
            _ = Versions;
        }
        catch (ImageException)
        {
            // The first call that needs the library reports it.
        }
    });

    /// <summary>Versions of OpenCV and libjpeg-turbo in use.</summary>
    /// <exception cref="ImageException">The native library or one it needs is missing; the message tells the fix.</exception>
    public static unsafe string Versions => Marshal.PtrToStringUTF8((nint)Native.paa_image_versions())!;
}
