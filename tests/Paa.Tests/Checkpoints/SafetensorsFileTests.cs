using System.Text;
using Paa.Checkpoints;

namespace Paa.Tests.Checkpoints;

public class SafetensorsFileTests
{
    [Fact]
    public void Read_InvertsWrite()
    {
        using var folder = new TemporaryFolder();
        var tensors = new StateDict
        {
            { "weight", new StoredTensor(
                new Storage(ScalarType.Float32, new byte[] { 0, 0, 128, 63, 0, 0, 0, 64 }), [2, 1], [1, 2]) },
            { "empty", StoredTensor.From<long>([], 0, 3) },
            { "half", StoredTensor.From<Half>([(Half)0.5f]) },
            { "flags \"é\"", StoredTensor.From<bool>([true], 1) },
        };
        SafetensorsFile.Write(folder["a.safetensors"], tensors, new Dictionary<string, string> { ["format"] = "pt" });
        var read = StateDict.Load(folder["a.safetensors"]);
        Assert.Equal("pt", read.Meta.Text("format"));
        Assert.Equal(tensors.Names.Order(), read.Names.Order());
        foreach (var (name, tensor) in tensors) GraphAssert.Equal(tensor, read[name]);
    }

    [Fact]
    public void Read_OfTheFormatsExample_GivesItsTensor()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a", File("""{"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}}""", new byte[16]));
        Assert.Equal([2, 2], SafetensorsFile.Read(path)["test"].Shape);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "cut off")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "longer than its header")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "outside of its storage")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", 8, "not its size")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", 8, "too large")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "wrongly")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[4,8]}}""", 8, "gap")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""",
        8, "overlap")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""",
        0, "twice")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", 8, "F8_E4M3")]
    [InlineData("""{"a":{"dtype":"F32"}}""", 0, "wrongly")]
    [InlineData("""{"a":[1]}""", 0, "header")]
    [InlineData("""{"a":""", 0, "header")]
    public void Read_OfDamagedFile_GivesOneClearError(string header, int dataLength, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.safetensors", File(header, new byte[dataLength]));
        var error = Assert.Throws<CheckpointException>(() => SafetensorsFile.Read(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfEveryPrefix_GivesOneClearError()
    {
        using var folder = new TemporaryFolder();
        var content = File("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", new byte[8]);
        for (var length = 0; length < content.Length; length++)
        {
            var path = folder.Write("a.safetensors", content.AsSpan(0, length));
            Assert.Throws<CheckpointException>(() => SafetensorsFile.Read(path));
        }
    }

    static byte[] File(string header, byte[] data)
    {
        var bytes = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)bytes.Length), .. bytes, .. data];
    }
}
