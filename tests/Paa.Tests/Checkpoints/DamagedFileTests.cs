using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Paa.Checkpoints;
using static Paa.Tests.Checkpoints.PickleFile;

namespace Paa.Tests.Checkpoints;

/// <summary>Files that were cut off, changed, or are something else.</summary>
public class DamagedFileTests
{
    static readonly byte[] Floats = [.. Enumerable.Range(0, 4).SelectMany(i => BitConverter.GetBytes((float)i))];
    static readonly byte[] FourFloats =
        Pickle(Code("}"), Text("weight"), Tensor(4, "K\u0000", "K\u0002K\u0002\u0086", "K\u0002K\u0001\u0086"), Code("s"));

    /// <summary>Small well-formed files of both formats.</summary>
    public static TheoryData<string, byte[]> WellFormed => new()
    {
        { "legacy", Legacy(FourFloats, [.. Pickle(Code("]"), Text("0"), Code("a")), .. BitConverter.GetBytes(4L), .. Floats]) },
        { "zip", Zip(FourFloats, CompressionLevel.NoCompression, ("data/0", Floats)) },
        { "deflated zip", Zip(FourFloats, CompressionLevel.Optimal, ("data/0", Floats)) },
        { "quantised legacy", Quantized(CheckpointFormat.Legacy) },
        { "quantised zip", Quantized(CheckpointFormat.Zip) },
    };

    static byte[] Quantized(CheckpointFormat format)
    {
        using var folder = new TemporaryFolder();
        var weight = StoredTensor.Quantized([0, 1, 2, 3], [1, 1], 2, 2);
        TorchFile.Write(folder["x.pth"], new PickleDict { { "weight", weight } }, format);
        return File.ReadAllBytes(folder["x.pth"]);
    }

    [Theory]
    [MemberData(nameof(WellFormed))]
    public void Read_OfWellFormedFile_GivesItsTensor(string format, byte[] content)
    {
        using var folder = new TemporaryFolder();
        var tensor = StateDict.Load(folder.Write(format, content))["weight"];
        Assert.Equal([0, 1, 2, 3], tensor.ToArray<float>());
    }

    [Theory]
    [MemberData(nameof(WellFormed))]
    public void Read_OfEveryPrefix_GivesOneClearError(string format, byte[] content)
    {
        using var folder = new TemporaryFolder();
        for (var length = 0; length < content.Length; length++)
            HostilePickleTests.AssertRefused(folder.Write("cut.pth", content.AsSpan(0, length)), "", $"{format}, {length} bytes");
    }

    [Theory]
    [MemberData(nameof(WellFormed))]
    public void Read_WithOneByteChanged_ReadsOrGivesOneClearError(string format, byte[] content)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(20201117);
        for (var trial = 0; trial < 700; trial++)
        {
            var copy = content.ToArray();
            var at = random.Next(copy.Length);
            copy[at] ^= (byte)random.Next(1, 256);
            var path = folder.Write("changed.pth", copy);
            var clock = Stopwatch.StartNew();
            var error = Record.Exception(() => StateDict.Load(path));
            Assert.True(error is null or CheckpointException, $"{format}, byte {at} made {copy[at]:x2}: {error}");
            Assert.True(clock.Elapsed < HostilePickleTests.Patience,
                $"{format}, byte {at} made {copy[at]:x2}: took {clock.Elapsed}.");
        }
    }

    public static TheoryData<string, byte[], string> OtherFiles => new()
    {
        { "nothing", [], "is empty" },
        { "a web page", Encoding.UTF8.GetBytes("\ufeff\n<!DOCTYPE html><html>"), "web page" },
        { "a Git LFS pointer", Encoding.UTF8.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\n"),
            "git lfs pull" },
        { "gzip", [0x1f, 0x8b, 8, 0], "gunzip" },
        { "tar", [.. new byte[257], .. "ustar\0"u8, .. new byte[249]], "tar archive" },
        { "safetensors", [.. BitConverter.GetBytes(2L), .. "{}"u8], "safetensors" },
        { "HDF5", [0x89, .. "HDF\r\n"u8], "HDF5" },
        { "text", Encoding.UTF8.GetBytes("hello, world"), "68656c6c6f2c2077" },
        { "a plain pickle", Pickle(Code("}")), "not one that torch.save wrote" },
        { "a zip without a pickle", ZipOf(("x/readme", [])), "without data.pkl" },
        { "TorchScript", ZipOf(("x/data.pkl", FourFloats), ("x/constants.pkl", Pickle(Code(")"))), ("x/data/0", Floats)),
            "TorchScript" },
        { "two objects", ZipOf(("x/data.pkl", FourFloats), ("y/data.pkl", FourFloats)), "several data.pkl" },
        { "the same entry twice", ZipOf(("x/data.pkl", FourFloats), ("x/data/0", Floats), ("x/data/0", Floats)), "twice" },
        { "a missing storage", ZipOf(("x/data.pkl", FourFloats)), "no entry 'x/data/0'" },
        { "a long storage", ZipOf(("x/data.pkl", FourFloats), ("x/data/0", [.. Floats, 0])), "where 16 belong" },
        { "a short storage", ZipOf(("x/data.pkl", FourFloats), ("x/data/0", Floats[..12])), "has 12 bytes" },
        { "big-endian", ZipOf(("x/data.pkl", FourFloats), ("x/data/0", Floats), ("x/byteorder", Code("big"))), "big-endian" },
        { "a wrong checksum", Damage(ZipOf(("x/data.pkl", FourFloats), ("x/data/0", Floats)), Floats), "checksum" },
        { "a legacy file with a wrong count", Legacy(
            FourFloats, [.. Pickle(Code("]"), Text("0"), Code("a")), .. BitConverter.GetBytes(5L), .. Floats]), "5 elements" },
        { "a legacy file without a storage", Legacy(FourFloats), "does not have the storage" },
        { "a legacy file with a key twice", Legacy(FourFloats,
            [.. Pickle(Code("]("), Text("0"), Text("0"), Code("e")), .. BitConverter.GetBytes(4L), .. Floats]), "twice" },
    };

    [Theory]
    [MemberData(nameof(OtherFiles))]
    public void Read_OfSomethingElse_SaysWhatItIs(string kind, byte[] content, string expected)
    {
        using var folder = new TemporaryFolder();
        HostilePickleTests.AssertRefused(folder.Write("file.pth", content), expected, kind);
    }

    [Fact]
    public void Read_WithoutFile_SaysSo()
    {
        using var folder = new TemporaryFolder();
        HostilePickleTests.AssertRefused(folder["none.pth"], "no such file", "missing");
        HostilePickleTests.AssertRefused(folder.Path, "is a folder", "folder");
    }

    [Fact]
    public void Read_OfOverlappingEntries_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var content = ZipOf(("x/data.pkl", FourFloats), ("x/data/0", Floats), ("x/data/1", Floats));
        var directory = content.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        // the last entry claims 255 bytes, reaching into the directory
        content[directory + 20] = content[directory + 24] = 255;
        HostilePickleTests.AssertRefused(folder.Write("file.pth", content), "overlap", "overlap");
    }

    static byte[] ZipOf(params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        return stream.ToArray();
    }

    static byte[] Damage(byte[] file, byte[] content)
    {
        file[file.AsSpan().IndexOf(content)] ^= 1;
        return file;
    }
}
