using System.IO.Compression;

namespace Paa.Tests.Golden;

public class NpzTests
{
    [Theory]
    [InlineData("<f4", new byte[] { 0, 0, 128, 63, 0, 0, 0, 64 }, typeof(float))]
    [InlineData("<i8", new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0 }, typeof(long))]
    [InlineData("|u1", new byte[] { 1, 2 }, typeof(byte))]
    public void Parse_ReadsTypeShapeAndValues(string type, byte[] data, Type expected)
    {
        var array = NpyArray.Parse(NpyFile(type, "(2, 1)", data), "test");
        Assert.Equal([2, 1], array.Shape);
        Assert.Equal(expected, array.Values.GetType().GetElementType());
        Assert.Equal([1.0, 2.0], array.Values.Cast<IConvertible>().Select(value => value.ToDouble(null)));
    }

    [Fact]
    public void Parse_OfScalar_HasNoAxes() =>
        Assert.Empty(NpyArray.Parse(NpyFile("<f4", "()", [0, 0, 0, 0]), "test").Shape);

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Load_ReadsStoredAndDeflatedEntries(CompressionLevel level)
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create))
            {
                using var entry = archive.CreateEntry("box.npy", level).Open();
                entry.Write(NpyFile("<f4", "(1, 4)", new byte[16]));
            }
            Assert.Equal(default, Assert.Single(Npz.Load(path).Boxes("box")));
        }
        finally
        {
            File.Delete(path);
        }
    }

    static byte[] NpyFile(string type, string shape, byte[] data)
    {
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header.Select(c => (byte)c), .. data];
    }
}
