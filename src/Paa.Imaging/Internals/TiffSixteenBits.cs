using System.Buffers.Binary;
using BitMiracle.LibTiff.Classic;

namespace Paa.Imaging.Internals;

/// <summary>16-bit colours of a TIFF file to 8 bits, as libtiff 4 does: rounded; LibTiff.NET takes the upper byte.</summary>
static class TiffSixteenBits
{
    const int SampleBytes = 2;

    /// <summary>Takes over the conversion if the file holds red, green and blue of 16 bits; grey is cut in both.</summary>
    public static void Adopt(TiffRgbaImage image)
    {
        if (image.BitsPerSample != 16 || image.Photometric != Photometric.RGB) return;
        if (image.IsContig) image.PutContig = PutContiguous;
        else image.PutSeparate = PutSeparate;
    }

    /// <summary>A tile or strip whose samples of a pixel lie beside each other.</summary>
    static void PutContiguous(TiffRgbaImage image, int[] raster, int at, int rasterShift, int x, int y, int width, int height,
        byte[] buffer, int offset, int bufferShift)
    {
        var pixelBytes = image.SamplesPerPixel * SampleBytes;
        for (var row = 0; row < height; row++, at += rasterShift, offset += bufferShift * pixelBytes)
        {
            for (var column = 0; column < width; column++, offset += pixelBytes)
            {
                var pixel = buffer.AsSpan(offset, pixelBytes);
                var alpha = image.Alpha == ExtraSample.UNASSALPHA ? Round(pixel[(3 * SampleBytes)..]) : byte.MaxValue;
                raster[at++] = Pack(Round(pixel), Round(pixel[SampleBytes..]), Round(pixel[(2 * SampleBytes)..]), alpha);
            }
        }
    }

    /// <summary>The same where each colour has a plane of its own.</summary>
    static void PutSeparate(TiffRgbaImage image, int[] raster, int at, int rasterShift, int x, int y, int width, int height,
        byte[] buffer, int red, int green, int blue, int alphaAt, int bufferShift)
    {
        for (var row = 0; row < height; row++, at += rasterShift, Skip(bufferShift))
        {
            for (var column = 0; column < width; column++, Skip(1))
            {
                var alpha = image.Alpha == ExtraSample.UNASSALPHA ? Round(buffer.AsSpan(alphaAt)) : byte.MaxValue;
                raster[at++] = Pack(Round(buffer.AsSpan(red)), Round(buffer.AsSpan(green)), Round(buffer.AsSpan(blue)), alpha);
            }
        }

        void Skip(int pixels)
        {
            red += pixels * SampleBytes;
            green += pixels * SampleBytes;
            blue += pixels * SampleBytes;
            alphaAt += pixels * SampleBytes;
        }
    }

    /// <summary>0..65535 to 0..255.</summary>
    static byte Round(ReadOnlySpan<byte> sample) => (byte)((BinaryPrimitives.ReadUInt16LittleEndian(sample) + 128) / 257);

    /// <summary>libtiff multiplies colours by an alpha that they are not yet multiplied by.</summary>
    static int Pack(byte red, byte green, byte blue, byte alpha) =>
        Blend(red, alpha) | Blend(green, alpha) << 8 | Blend(blue, alpha) << 16 | alpha << 24;

    static int Blend(byte color, byte alpha) => (color * alpha + 127) / 255;
}
