using System.IO.Compression;
using System.Text;
using Paa.Checkpoints;
using Paa.Checkpoints.Zip;

namespace Paa.Tests.Checkpoints;

public class ZipTests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xcbf43926)]               // the check value of the CRC catalogue
    [InlineData("The quick brown fox jumps over the lazy dog", 0x414fa339)]
    public void Writer_StoresPublishedChecksums(string text, uint expected)
    {
        using var folder = new TemporaryFolder();
        using (var stream = File.Create(folder["a.zip"]))
        {
            var zip = new ZipWriter(stream);
            zip.Add("bytes", Encoding.ASCII.GetBytes(text));
            zip.Add("storage", new Storage(ScalarType.UInt8, Encoding.ASCII.GetBytes(text)));
            zip.Finish();
        }
        using var file = new CheckpointFile(folder["a.zip"]);
        Assert.All(ZipDirectory.Read(file).Values, entry => Assert.Equal(expected, entry.Crc));
    }

    [Fact]
    public void Writer_IsReadByTheLibraryOfDotNet()
    {
        using var stream = new MemoryStream();
        WriteTwo(stream);
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
        Assert.Equal(["a/one", "a/two"], zip.Entries.Select(entry => entry.FullName));
        using var content = zip.GetEntry("a/two")!.Open();
        Assert.Equal([1, 2, 3], [content.ReadByte(), content.ReadByte(), content.ReadByte()]);
    }

    [Fact]
    public void Writer_BeyondFourGigabytes_WritesZip64()
    {
        using var folder = new TemporaryFolder();
        using (var stream = File.Create(folder["large.zip"]))
        {
            stream.Position = 5L << 30;                  // a hole: takes no room on the disk
            WriteTwo(stream);
        }
        using var source = new CheckpointFile(folder["large.zip"]);
        var reader = new ZipReader(source);
        Assert.True(reader.Entries["a/one"].Offset >= 5L << 30);
        Assert.Equal([1, 2, 3], reader.Read("a/two"));
        Assert.Equal(0, reader.MismatchCount);
        using var library = ZipFile.OpenRead(folder["large.zip"]);
        Assert.Equal(3, library.GetEntry("a/two")!.Length);
    }

    [Fact]
    public void Writer_BeyondSixtyThousandEntries_WritesZip64()
    {
        using var folder = new TemporaryFolder();
        using (var stream = File.Create(folder["many.zip"]))
        {
            var zip = new ZipWriter(stream);
            for (var i = 0; i < 66_000; i++) zip.Add($"{i}", []);
            zip.Finish();
        }
        using var source = new CheckpointFile(folder["many.zip"]);
        Assert.Equal(66_000, ZipDirectory.Read(source).Count);
        using var library = ZipFile.OpenRead(folder["many.zip"]);
        Assert.Equal(66_000, library.Entries.Count);
    }

    static void WriteTwo(Stream stream)
    {
        var zip = new ZipWriter(stream);
        zip.Add("a/one", []);
        zip.Add("a/two", [1, 2, 3]);
        zip.Finish();
    }
}
