using System.Runtime.InteropServices;
using Paa.Platform;

namespace Paa.Imaging.Internals;

/// <summary>The functions of <c>native/image/paa_image.h</c>, under their C names.</summary>
static unsafe partial class Native
{
    internal const string Library = "paa_image";

    static Native() => NativeLoader.Register();

    /// <summary>Turns a non-zero status into an exception for the image named.</summary>
    internal static void Check(int status, string image)
    {
        if (status != 0) throw new ImageException(image, LastError());
    }

    internal static string LastError() => Marshal.PtrToStringUTF8((nint)paa_image_last_error()) ?? "unknown failure";

    [LibraryImport(Library)]
    private static partial byte* paa_image_last_error();

    [LibraryImport(Library)]
    internal static partial byte* paa_image_versions();

    [LibraryImport(Library)]
    internal static partial int paa_image_decode(
        byte* file, long length, int format, int orientation, byte* pixels, int height, int width);

    [LibraryImport(Library)]
    internal static partial int paa_image_resize(
        byte* source, int sourceHeight, int sourceWidth, byte* target, int targetHeight, int targetWidth, int interpolation);

    [LibraryImport(Library)]
    internal static partial int paa_image_resize_float(
        float* source, int sourceHeight, int sourceWidth, float* target, int targetHeight, int targetWidth);

    [LibraryImport(Library)]
    internal static partial int paa_image_convert_color(float* pixels, int height, int width, int conversion);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int paa_image_encode(
        byte* pixels, int height, int width, string extension, int quality, out byte* file, out long length);

    [LibraryImport(Library)]
    internal static partial void paa_image_free(byte* file);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int paa_image_draw_text(
        byte* pixels, int height, int width, string text, int x, int y, double scale, int thickness,
        byte blue, byte green, byte red);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int paa_image_measure_text(
        string text, double scale, int thickness, out int width, out int ascent, out int descent);
}

/// <summary>Loads libpaa_image.so.</summary>
static class NativeLoader
{
    internal const string FileName = "libpaa_image.so";

    static readonly NativeFile File = new(FileName, "OpenCV", new("Paa.Imaging", "", ""), abiVersion: 2, "paa_image_abi_version",
        static (file, reason, cause) => new ImageException(file, reason, cause));

    internal static void Register() => File.Register(typeof(NativeLoader).Assembly, Native.Library);

    /// <exception cref="ImageException">No folder has it, it cannot be loaded, or it was built for another ABI
    /// version.</exception>
    internal static nint Load(IReadOnlyList<string> folders) => File.Load(folders);
}
