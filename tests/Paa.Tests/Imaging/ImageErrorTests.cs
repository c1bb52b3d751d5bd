using System.Buffers.Binary;
using Paa.Imaging;

namespace Paa.Tests.Imaging;

/// <summary>A file that is no good gives an <see cref="ImageException"/> with its name and the reason, never a wrong
/// picture.</summary>
public class ImageErrorTests
{
    /// <summary>One file of each format and each way of compressing it.</summary>
    public static TheoryData<string> Formats => ["baseline.jpg", "progressive.jpg", "restart.jpg", "gray.jpg", "cmyk.jpg",
        "rgb.png", "palette.png", "rgba16.png", "rgb.bmp", "lossy.webp", "lossless.webp", "plain.tiff", "lzw.tiff", "big.tiff"];

    [Theory, MemberData(nameof(Formats))]
    public void CutOffAnywhere_IsRefused(string name)
    {
        var bytes = TestImages.Bytes(name);
        using var whole = Image.Decode(bytes);
        for (var length = 1; length < bytes.Length; length += Math.Max(1, bytes.Length / 97))
            if (Decode(bytes.AsSpan(0, length)) is { } picture)
                Assert.True(whole.Pixels.SequenceEqual(picture), $"cut at {length} of {bytes.Length}: other pixels");

        static byte[]? Decode(ReadOnlySpan<byte> file)
        {
            try
            {
                using var image = Image.Decode(file, name: "cut");
                return image.Pixels.ToArray();
            }
            catch (ImageException e)
            {
                Assert.StartsWith("cut: ", e.Message, StringComparison.Ordinal);
                return null;
            }
        }
    }

    [Theory, MemberData(nameof(Formats))]
    public void HalfAFile_IsRefused(string name)
    {
        var bytes = TestImages.Bytes(name);
        Assert.Throws<ImageException>(() => Image.Decode(bytes.AsSpan(0, bytes.Length / 2)));
    }

    [Fact]
    public void CutOffJpeg_TellsWhere()
    {
        using var noise = TestImages.Noise(200, 200);
        var bytes = noise.Encode(".jpg");
        var error = Assert.Throws<ImageException>(() => Image.Decode(bytes.AsSpan(0, bytes.Length / 2), name: "a.jpg"));
        Assert.Matches(@"^a\.jpg: the file is cut off: pixels end near row (8|9|10)\d of 200\.$", error.Message);
    }

    [Theory, MemberData(nameof(Formats))]
    public void RandomDamage_NeverEscapesAsAnotherException(string name)
    {
        var random = new Random(5);
        for (var i = 0; i < 200; i++)
        {
            var bytes = TestImages.Bytes(name);
            for (var change = 0; change < 1 + i % 4; change++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Image.Decode(bytes, new ImageLimits { MaxPixels = 1_000_000 }).Dispose();
            }
            catch (ImageException)
            {
            }
        }
    }

    [Fact]
    public void MissingFile_IsNamed() =>
        AssertMessage("nowhere/a.jpg: the file does not exist.", () => Image.Load("nowhere/a.jpg"));

    [Fact]
    public void Folder_IsNamed()
    {
        var folder = Directory.CreateTempSubdirectory("paa").FullName;
        AssertMessage($"{folder}: is a folder, not an image.", () => Image.Load(folder));
    }

    [Fact]
    public void EmptyFile_IsNamed()
    {
        var file = Write("empty.jpg", []);
        AssertMessage($"{file}: the file is empty.", () => Image.Load(file));
        AssertMessage("image: the file is empty.", () => Image.Decode([]));
    }

    [Fact]
    public void Text_IsNotAnImage()
    {
        var file = Write("text.jpg", "hello, I am no picture"u8);
        AssertMessage($"{file}: not a JPEG, PNG, BMP, WebP or TIFF image.", () => Image.Load(file));
    }

    [Fact]
    public void Gif_IsNamed() =>
        AssertMessage("image: GIF is not supported: use JPEG, PNG, BMP, WebP or TIFF.", () => Image.Decode("GIF89a123456"u8));

    [Fact]
    public void Size_IsJudgedBeforeDecoding()
    {
        var bytes = TestImages.Bytes("rgb.png");
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(16), 60_000);       // the rest would not decode at all
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(20), 60_000);
        AssertMessage("big: 60000x60000 is 3600 megapixels, the limit is 100.", () => Image.Decode(bytes, name: "big"));
    }

    [Theory, MemberData(nameof(Formats))]
    public void Limit_HoldsForEveryFormat(string name)
    {
        var bytes = TestImages.Bytes(name);
        var header = ImageHeader.Read(bytes, name);
        var area = header.Height * header.Width;
        Image.Decode(bytes, new ImageLimits { MaxPixels = area }).Dispose();
        Assert.Throws<ImageException>(() => Image.Decode(bytes, new ImageLimits { MaxPixels = area - 1 }));
    }

    [Fact]
    public void LargeFile_IsNotRead()
    {
        var path = TestImages.PathOf("rgb.png");
        AssertMessage($"{path}: the file has {new FileInfo(path).Length} bytes, the limit is 100.",
            () => Image.Load(path, new ImageLimits { MaxFileBytes = 100 }));
    }

    [Fact]
    public void JpegOfThousandsOfScans_IsRefused()
    {
        // A progressive file whose last scan (marker, header, data) is repeated: small to send, long to decode.
        var bytes = TestImages.Bytes("progressive.jpg");
        var scan = bytes.AsSpan().LastIndexOf<byte>([0xFF, 0xDA]);
        var repeated = Enumerable.Repeat(bytes[scan..^2], 600).SelectMany(part => part);
        AssertMessage("image: more than 500 scans.", () => Image.Decode([.. bytes[..scan], .. repeated, 0xFF, 0xD9]));
    }

    /// <summary>libtiff takes memory as these tags say; the picture itself is small.</summary>
    [Theory]
    [InlineData(277, 60_000), InlineData(278, 2_000_000_000), InlineData(279, 2_000_000_000), InlineData(273, 2_000_000_000)]
    public void TiffThatAsksForMuchMemory_GetsNone(int tag, int value)
    {
        var bytes = TestImages.Bytes("plain.tiff");
        var directory = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4));
        for (var entry = directory + 2; ; entry += 12)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(entry)) != tag) continue;
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(entry + 2), 4);             // one LONG
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(entry + 4), 1);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(entry + 8), value);
            break;
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Image.Decode(bytes).Dispose();
        }
        catch (ImageException)
        {
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void TiffValuesBehindTheEndOfTheFile_AreCutOff()
    {
        var bytes = TestImages.Bytes("plain.tiff");
        var directory = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(directory + 2 + 4), 1_000_000);     // a million values
        AssertMessage($"a.tiff: the file is cut off after {bytes.Length} bytes.", () => Image.Decode(bytes, name: "a.tiff"));
    }

    [Fact]
    public void UnknownFormat_IsNotWritten()
    {
        using var image = new Image(2, 2);
        AssertMessage("a.gif: cannot write the format '.gif': use .jpg, .png, .bmp, .webp or .tiff.", () => image.Save("a.gif"));
    }

    [Fact]
    public void UnwritableFile_IsNamed()
    {
        using var image = new Image(2, 2);
        var error = Assert.Throws<ImageException>(() => image.Save("nowhere/a.png"));
        Assert.Equal("nowhere/a.png", error.File);
        Assert.StartsWith("cannot be written: ", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void FailedSave_LeavesNothingBehind()
    {
        var folder = Directory.CreateTempSubdirectory("paa");
        folder.CreateSubdirectory("a.png");                     // a folder cannot be replaced by a file
        using var image = new Image(2, 2);
        Assert.Throws<ImageException>(() => image.Save(Path.Combine(folder.FullName, "a.png")));
        Assert.Equal("a.png", Assert.Single(folder.GetFileSystemInfos()).Name);
    }

    static void AssertMessage(string expected, Action action) =>
        Assert.Equal(expected, Assert.Throws<ImageException>(action).Message);

    static string Write(string name, ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("paa").FullName, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
