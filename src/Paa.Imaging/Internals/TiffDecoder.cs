using System.Buffers;
using System.Runtime.InteropServices;
using BitMiracle.LibTiff.Classic;

namespace Paa.Imaging.Internals;

/// <summary>Decodes the first page of TIFF and BigTIFF files with LibTiff.NET, a translation of libtiff into C#.</summary>
/// <remarks>
/// As OpenCV does, libtiff is asked for 8-bit RGBA, whatever the file holds: palettes, 16 bits, inks, tiles and all compressions
/// are its business. What a hostile file could make it allocate is judged by <see cref="TiffHeader"/> before.
/// </remarks>
static unsafe class TiffDecoder
{
    static TiffDecoder() => MemoryFile.SilenceMessages();

    /// <summary>Decodes a file into an image of the stored size; the orientation is not applied.</summary>
    /// <exception cref="ImageException">The file is damaged, cut off, or of a kind that libtiff does not read.</exception>
    public static void Decode(ReadOnlySpan<byte> file, Image stored, string name)
    {
        var raster = ArrayPool<int>.Shared.Rent(stored.Height * stored.Width);
        try
        {
            fixed (byte* bytes = file)
            {
                using var source = new MemoryFile(new UnmanagedMemoryStream(bytes, file.Length));
                Read(source, raster, stored, name);
            }
            ToBgr(MemoryMarshal.AsBytes(raster.AsSpan(0, stored.Height * stored.Width)), stored.Pixels);
        }
        catch (Exception e) when (e is not ImageException and not OutOfMemoryException)
        {
            throw new ImageException(name, "the file is damaged or cut off", e);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(raster);
        }
    }

    static void Read(MemoryFile source, int[] raster, Image stored, string name)
    {
        using var tiff = Tiff.ClientOpen(name, "r", source, MemoryFile.Access);
        if (tiff is null || !PartsFit(tiff, source) || !ReadRaster(tiff, raster, stored))
            throw new ImageException(name, "the TIFF file is damaged, cut off or of a kind that is not read"
                + (source.Message is { } message ? $": {message.TrimEnd('.')}" : ""));
    }

    /// <summary>Whether no strip or tile claims to have more bytes than the file: memory is taken as they claim.</summary>
    static bool PartsFit(Tiff tiff, MemoryFile source)
    {
        var count = tiff.IsTiled() ? tiff.NumberOfTiles() : tiff.NumberOfStrips();
        for (var i = 0; i < count; i++)
            if (tiff.RawStripSize(i) > source.Length) return false;        // tiles share the numbers of strips
        return true;
    }

    static bool ReadRaster(Tiff tiff, int[] raster, Image stored)
    {
        tiff.SetField(TiffTag.ORIENTATION, Orientation.TOPLEFT);           // turned by us, as other formats
        var image = TiffRgbaImage.Create(tiff, stopOnError: true, out _);
        if (image is null || image.Height != stored.Height || image.Width != stored.Width) return false;
        image.ReqOrientation = Orientation.TOPLEFT;
        TiffSixteenBits.Adopt(image);
        return image.GetRaster(raster, 0, stored.Width, stored.Height);
    }

    /// <summary>libtiff packs red, green, blue and alpha into a number, red lowest.</summary>
    static void ToBgr(ReadOnlySpan<byte> rgba, Span<byte> bgr)
    {
        for (int from = 0, to = 0; to < bgr.Length; from += 4, to += Image.Channels)
            (bgr[to], bgr[to + 1], bgr[to + 2]) = (rgba[from + 2], rgba[from + 1], rgba[from]);
    }

    /// <summary>A file in memory as LibTiff.NET reads it, and the first error that it reports.</summary>
    sealed class MemoryFile(Stream stream) : IDisposable
    {
        public static TiffStream Access { get; } = new StreamAccess();

        public string? Message { get; private set; }

        public long Length => stream.Length;

        Stream Stream => stream;

        public void Dispose() => stream.Dispose();

        /// <summary>Messages about our files stay with the file; those about others of the program go where they went.</summary>
        public static void SilenceMessages()
        {
            var messages = new Messages();
            messages.Next = Tiff.SetErrorHandler(messages);
        }

        sealed class StreamAccess : TiffStream
        {
            public override int Read(object clientData, byte[] buffer, int offset, int count) =>
                ((MemoryFile)clientData).Stream.ReadAtLeast(buffer.AsSpan(offset, count), count, throwOnEndOfStream: false);

            public override long Seek(object clientData, long offset, SeekOrigin origin) =>
                offset == -1 ? -1 : ((MemoryFile)clientData).Stream.Seek(offset, origin);

            public override void Close(object clientData)
            {
            }

            public override long Size(object clientData) => ((MemoryFile)clientData).Stream.Length;
        }

        sealed class Messages : TiffErrorHandler
        {
            public TiffErrorHandler? Next { get; set; }

            public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
            {
                if (tif?.Clientdata() is not MemoryFile) Next?.ErrorHandler(tif, method, format, args);
            }

            public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
            {
                if (clientData is MemoryFile file) file.Message ??= Format(format, args);
                else Next?.ErrorHandlerExt(tif, clientData, method, format, args);
            }

            public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
            {
                if (tif?.Clientdata() is not MemoryFile) Next?.WarningHandler(tif, method, format, args);
            }

            public override void WarningHandlerExt(
                Tiff tif, object clientData, string method, string format, params object[] args)
            {
                if (clientData is not MemoryFile) Next?.WarningHandlerExt(tif, clientData, method, format, args);
            }

            static string Format(string format, object[] args)
            {
                try
                {
                    return string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
                }
                catch (FormatException)
                {
                    return format;
                }
            }
        }
    }
}
