using System.Runtime.InteropServices;
using Paa.Checkpoints;

namespace Paa.Tests.Checkpoints;

/// <summary>Storages whose elements stay in their file.</summary>
public class StorageTests
{
    const int Count = 300_000;                           // some pieces of every buffer

    static readonly float[] Values = [.. Enumerable.Range(0, Count).Select(i => i * 0.5f)];

    static readonly Half[] Halves = [.. Enumerable.Range(0, Count).Select(i => (Half)(i % 1000))];

    static StateDict Tensors()
    {
        var shared = new Storage(ScalarType.Float32, MemoryMarshal.AsBytes(Values.AsSpan()).ToArray());
        return new StateDict
        {
            { "large", new StoredTensor(shared, [300, 1000]) },
            { "part", new StoredTensor(shared, [200, 1000], null, 50_000) },
            { "transposed", new StoredTensor(shared, [1000, 200], [1, 1000], 50_000) },
            { "half", StoredTensor.From<Half>(Halves, Count) },
            { "small", StoredTensor.From<float>([1, 2], 2) },
        };
    }

    static string Write(TemporaryFolder folder, CheckpointFormat format)
    {
        var path = folder["weights"];
        if (format == CheckpointFormat.Safetensors) SafetensorsFile.Write(path, Tensors());
        else TorchFile.Write(path, Tensors().ToGraph(), format);
        return path;
    }

    static void AssertValues(StateDict read)
    {
        Assert.Equal(Values, read["large"].ToArray<float>());
        Assert.Equal(Values[50_000..250_000], read["part"].ToArray<float>());
        var transposed = read["transposed"].ToArray<float>();
        Assert.All(Enumerable.Range(0, 200_000), i => Assert.True(transposed[i] == Values[50_000 + i % 200 * 1000 + i / 200]));
        Assert.Equal(Halves.Select(half => (float)half), read["half"].ToArray<float>());
        Assert.Equal([1f, 2], read["small"].ToArray<float>());
    }

    [Theory]
    [InlineData(CheckpointFormat.Zip)]
    [InlineData(CheckpointFormat.Legacy)]
    [InlineData(CheckpointFormat.Safetensors)]
    public void Load_LeavesLargeStoragesInTheFile(CheckpointFormat format)
    {
        using var folder = new TemporaryFolder();
        var read = StateDict.Load(Write(folder, format));
        Assert.All(read, pair => Assert.Equal(pair.Key != "small", pair.Value.Storage.IsInFile));
        AssertValues(read);
        Parallel.For(0, 8, _ => Assert.Equal(Values, read["large"].ToArray<float>()));
        var doubles = new double[Count];
        read["half"].ReadTo<double>(doubles);
        Assert.Equal(Halves.Select(half => (double)half), doubles);
        var bytes = new byte[4 * Count];
        read["large"].ReadBytesTo(bytes);
        Assert.Equal(read["large"].ToBytes(), bytes);
    }

    [Theory]
    [InlineData(CheckpointFormat.Zip)]
    [InlineData(CheckpointFormat.Legacy)]
    [InlineData(CheckpointFormat.Safetensors)]
    public void Elements_OutliveTheReplacementAndTheEndOfTheirFile(CheckpointFormat format)
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, format);
        var read = StateDict.Load(path);
        TorchFile.Write(path, new PickleDict { ["other"] = StoredTensor.From<float>([3], 1) });
        AssertValues(read);
        File.Delete(path);
        AssertValues(read);
    }

    [Theory]
    [InlineData(CheckpointFormat.Zip)]
    [InlineData(CheckpointFormat.Legacy)]
    [InlineData(CheckpointFormat.Safetensors)]
    public void Elements_OfAFileThatBecameShorter_AreOneClearError(CheckpointFormat format)
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, format);
        var read = StateDict.Load(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(5000);
        string[] messages =
        [
            Assert.Throws<CheckpointException>(() => read["large"].ToArray<float>()).Message,
            Assert.Throws<CheckpointException>(() => read["half"].ToArray<float>()).Message,
            Assert.Throws<CheckpointException>(() => read["transposed"].ToBytes()).Message,
            Assert.Throws<CheckpointException>(() => TorchFile.Write(folder["copy.pth"], read.ToGraph())).Message,
        ];
        Assert.All(messages, message => Assert.Equal($"{path}: became shorter while it was read.", message));
        Assert.False(File.Exists(folder["copy.pth"]));
    }

    [Theory]
    [InlineData(CheckpointFormat.Zip, CheckpointFormat.Zip)]
    [InlineData(CheckpointFormat.Zip, CheckpointFormat.Legacy)]
    [InlineData(CheckpointFormat.Legacy, CheckpointFormat.Safetensors)]
    [InlineData(CheckpointFormat.Safetensors, CheckpointFormat.Zip)]
    public void Convert_IntoTheSourceItself_Works(CheckpointFormat from, CheckpointFormat to)
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, from);
        CheckpointConverter.Convert(path, path, new ConversionOptions { Format = to });
        AssertValues(StateDict.Load(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Load_OfAZipWithADamagedLargeEntry_SaysSoAtOnce()
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, CheckpointFormat.Zip);
        var content = File.ReadAllBytes(path);
        content[content.Length / 4] ^= 1;
        File.WriteAllBytes(path, content);
        var error = Assert.Throws<CheckpointException>(() => StateDict.Load(path));
        Assert.Contains("does not have its checksum", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfSmallTensors_ClosesTheFile()
    {
        using var folder = new TemporaryFolder();
        TorchFile.Write(folder["a.pth"], new PickleDict { ["w"] = StoredTensor.From<float>([1, 2], 2) });
        var read = StateDict.Load(folder["a.pth"]);
        using var alone = new FileStream(folder["a.pth"], FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.Equal([1f, 2], read["w"].ToArray<float>());
    }

    [Fact]
    public void ReadTo_RefusesWhatDoesNotFit()
    {
        var tensor = StoredTensor.From<float>([1, 2, 3], 3);
        Assert.Throws<ArgumentException>(() => tensor.ReadTo(new float[2].AsSpan()));
        Assert.Throws<ArgumentException>(() => tensor.ReadBytesTo(new byte[11]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Storage.ReadTo(new byte[8], 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Storage.ReadTo(new byte[8], -1));
        Assert.Throws<CheckpointException>(() => tensor.ReadTo(new int[3].AsSpan()));
    }
}
