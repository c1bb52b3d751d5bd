using Paa.Checkpoints;
using static Paa.Tests.Checkpoints.PickleFile;

namespace Paa.Tests.Checkpoints;

/// <summary>Tensors of 8-bit integers with a scale for each output, as PyTorch stores them.</summary>
public sealed class QuantizedTensorTests : IDisposable
{
    static readonly sbyte[] Integers = [-127, -1, 0, 127, 5, 6, 7, 8, 1, 2, 3, 4];
    static readonly float[] Scales = [0.1f, 2.5f, 1e-9f];
    static readonly float[] Values = [.. Integers.Select((integer, i) => integer * Scales[i / 4])];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(CheckpointFormat.Zip), InlineData(CheckpointFormat.Legacy)]
    public void File_KeepsIntegersAndScales(CheckpointFormat format)
    {
        var read = StateDict.Load(Write(format))["weight"];
        Assert.True(read.IsQuantized);
        Assert.Equal(ScalarType.Float32, read.Type);
        Assert.Equal([3, 2, 2], read.Shape);
        Assert.Equal(Integers, read.ToIntegers());
        Assert.Equal([.. Scales.Select(scale => (double)scale)], read.Scales.ToArray<double>());
    }

    [Fact]
    public void EveryWayOfReading_GivesIntegersTimesScales()
    {
        var tensor = Tensor();
        Assert.Equal(Values, tensor.ToArray<float>());
        Assert.Equal([.. Values.Select(value => (double)value)], tensor.ToArray<double>());
        var target = new float[Values.Length];
        tensor.ReadTo<float>(target);
        Assert.Equal(Values, target);
        Assert.Equal([.. Values.SelectMany(BitConverter.GetBytes)], tensor.ToBytes());
        Assert.Throws<CheckpointException>(() => tensor.ToArray<long>());
        Assert.Throws<InvalidOperationException>(() => StoredTensor.From<float>([1], 1).ToIntegers());
    }

    [Fact]
    public void LargeTensor_IsReadFromItsFileInPieces()
    {
        var integers = new sbyte[3 * 200_000];
        for (var i = 0; i < integers.Length; i++) integers[i] = (sbyte)(i % 255 - 127);
        TorchFile.Write(_folder["x.pth"], new PickleDict { { "weight", StoredTensor.Quantized(integers, Scales, 3, 200_000) } });
        Assert.InRange(new FileInfo(_folder["x.pth"]).Length, integers.Length, integers.Length + 3000);
        var read = StateDict.Load(_folder["x.pth"])["weight"];
        Assert.Equal(integers.Select((integer, i) => integer * Scales[i / 200_000]), read.ToArray<float>());
        Assert.Equal(integers, read.ToIntegers());
    }

    [Theory]
    [InlineData(CheckpointFormat.Zip, true), InlineData(CheckpointFormat.Legacy, true), InlineData(CheckpointFormat.Zip, false)]
    public void Conversions_ToPth_KeepTheIntegers(CheckpointFormat format, bool half)
    {
        var options = new ConversionOptions { Format = format, Half = half };
        CheckpointConverter.Convert(Write(CheckpointFormat.Zip), _folder["converted.pth"], options);
        Assert.Equal(Integers, StateDict.Load(_folder["converted.pth"])["weight"].ToIntegers());
    }

    [Fact]
    public void Conversions_ToSafetensorsAndBack_KeepTheValues()
    {
        var file = Write(CheckpointFormat.Zip);
        CheckpointConverter.Convert(file, _folder["x.safetensors"], new() { Format = CheckpointFormat.Safetensors });
        CheckpointConverter.Convert(_folder["x.safetensors"], _folder["back.pth"], new() { Format = CheckpointFormat.Zip });
        foreach (var name in new[] { "x.safetensors", "back.pth" })
        {
            var read = StateDict.Load(_folder[name])["weight"];
            Assert.False(read.IsQuantized);
            Assert.Equal(Values, read.ToArray<float>());
        }
    }

    [SkippableTheory]
    [InlineData(CheckpointFormat.Zip), InlineData(CheckpointFormat.Legacy)]
    public void PyTorch_ReadsTheSameValues(CheckpointFormat format)
    {
        var values = _folder.Write("values.bin", [.. Values.SelectMany(BitConverter.GetBytes)]);
        Python.Run("""
            import sys, numpy, torch
            weight = torch.load(sys.argv[1])['weight']
            assert weight.is_quantized and weight.qscheme() == torch.per_channel_affine and weight.q_per_channel_axis() == 0
            assert weight.dequantize().numpy().tobytes() == open(sys.argv[2], 'rb').read(), weight
            """, Write(format), values);
    }

    [SkippableTheory]
    [InlineData("True"), InlineData("False")]
    public void TensorOfPyTorch_IsRead(string zip)
    {
        Python.Run("""
            import sys, torch
            scales, zeros = torch.tensor([0.1, 0.25, 2.0], dtype=torch.float64), torch.zeros(3, dtype=torch.long)
            weight = torch.quantize_per_channel(torch.linspace(-20, 20, 60).reshape(3, 4, 5), scales, zeros, 0, torch.qint8)
            torch.save({'weight': weight, 'plain': weight.dequantize()}, sys.argv[1],
                       _use_new_zipfile_serialization=sys.argv[2] == 'True')
            """, _folder["torch.pth"], zip);
        var read = StateDict.Load(_folder["torch.pth"]);
        Assert.True(read["weight"].IsQuantized);
        Assert.Equal(read["plain"].ToArray<float>(), read["weight"].ToArray<float>());
    }

    [SkippableTheory]
    [InlineData("torch.quantize_per_tensor(w, 0.1, 0, torch.qint8)", "'torch.per_tensor_affine'")]
    [InlineData("torch.quantize_per_channel(w, s, z, 1, torch.qint8)", "quantised in a way that is not read")]
    [InlineData("torch.quantize_per_channel(w, s, z + 1, 0, torch.qint8)", "zero points are not 0")]
    [InlineData("torch.quantize_per_channel(w, s, z, 0, torch.quint8)", "QUInt8Storage")]
    [InlineData("torch.quantize_per_channel(w, s, z, 0, torch.qint32)", "QInt32Storage")]
    public void OtherWaysOfQuantizing_AreRefused(string expression, string message)
    {
        Python.Run($$"""
            import sys, torch
            w, s, z = torch.ones(3, 3), torch.ones(3, dtype=torch.float64), torch.zeros(3, dtype=torch.long)
            torch.save({'weight': {{expression}}}, sys.argv[1])
            """, _folder["other.pth"]);
        Assert.Contains(message, Assert.Throws<CheckpointException>(() => StateDict.Load(_folder["other.pth"])).Message);
    }

    [Theory]
    [InlineData(0.0), InlineData(-1.0), InlineData(double.NaN), InlineData(double.PositiveInfinity)]
    [InlineData(1e300), InlineData(1e-60)]
    public void Scales_ThatAreNoStepsInSinglePrecision_AreRefused(double scale)
    {
        Assert.Throws<CheckpointException>(() => StoredTensor.Quantized([1, 2], [1, (float)scale], 2));
        var legacy = File.ReadAllBytes(Write(CheckpointFormat.Legacy));            // has no checksums
        BitConverter.GetBytes(scale).CopyTo(legacy, legacy.AsSpan().IndexOf(BitConverter.GetBytes((double)Scales[1])));
        var error = Assert.Throws<CheckpointException>(() => StateDict.Load(_folder.Write("damaged.pth", legacy)));
        Assert.Contains("quantised tensor with the scale", error.Message);
    }

    [Fact]
    public void Shapes_MustFit()
    {
        Assert.Throws<CheckpointException>(() => StoredTensor.Quantized([1, 2, 3], [1, 1], 2, 2));
        Assert.Throws<CheckpointException>(() => StoredTensor.Quantized([1, 2, 3, 4], [1], 2, 2));
        Assert.Throws<CheckpointException>(() => StoredTensor.Quantized([1], [1]));
        Assert.Empty(StoredTensor.Quantized([], [], 0, 4).ToArray<float>());
    }

    /// <summary>What a hostile file may make of the call, and a part of the error.</summary>
    public static TheoryData<string, string> Calls => new()
    {
        { Call(quantizer: "(ctorch\nper_channel_affine\nNNK\0t"), "quantised in a way that is not read" },
        { Call(quantizer: ")"), "quantised in a way that is not read" },
        { Call(quantizer: $"(ctorch\nfloat32\n{Vector("Double")}{Vector("Long")}K\0t"), "quantised in a way that is not read" },
        { Call(quantizer: Quantizer(Vector("Long"), Vector("Long"))), "describes a quantised tensor" },
        { Call(quantizer: Quantizer(Vector("Double"), Vector("Double"))), "quantised in a way that is not read" },
        { Call(quantizer: Quantizer(Vector("Double"), Vector("Long"), axis: "K\u0001")), "quantised in a way that is not read" },
        { Call(quantizer: Quantizer(Vector("Double", "K\u0001"), Vector("Long", "K\u0001"))), "describes a quantised tensor" },
        { Call(storage: Storage("Float", 4)), "describes a quantised tensor" },
        { Call(storage: Storage("Char", 4)), "describes a quantised tensor" },
        { Call(storage: Storage("QInt8", 3)), "outside of its storage" },
        { Call(strides: "K\u0001K\u0002\u0086"), "describes a quantised tensor" },
        { Call(strides: "K\0K\0\u0086"), "describes a quantised tensor" },
        {
            $"ctorch._utils\n_rebuild_tensor_v2\n({Storage("QInt8", 4)}K\0K\u0004\u0085K\u0001\u0085\u0089}}tR",
            "describes a tensor wrongly"
        },
        { $"ctorch._utils\n_rebuild_parameter\n({Call()}\u0089}}tR", "describes a parameter wrongly" },
        { "ctorch\nper_channel_affine\n", "'torch.per_channel_affine' itself" },
        { "ctorch\nper_channel_affine\n)R", "cannot be called" },
        { "ctorch._utils\n_rebuild_qtensor\n)R", "describes a quantised tensor wrongly" },
    };

    [Theory, MemberData(nameof(Calls))]
    public void HostileCalls_AreOneError(string pickle, string message)
    {
        var file = Zip(Pickle(Code("}"), Text("weight"), Code(pickle), Code("s")),
            others: [("data/0", new byte[4]), ("data/1", new byte[16]), ("data/2", new byte[16])]);
        HostilePickleTests.AssertRefused(_folder.Write("hostile.pth", file), message, pickle);
    }

    [Fact]
    public void ScalesReadAgainAndAgain_CostNoTime()
    {
        const int outputs = 2_000_000;
        var size = $"J{Latin(BitConverter.GetBytes(outputs))}";
        var vector = (string type, string key) =>
            $"ctorch._utils\n_rebuild_tensor_v2\n(({ShortText("storage")}ctorch\n{type}Storage\n{ShortText(key)}"
            + $"{ShortText("cpu")}{size}tQK\0{size}\u0085K\u0001\u0085\u0089}}tR";
        var quantizer = Quantizer(vector("Double", "1"), vector("Long", "2"));
        var call = Call(Storage("QInt8", 0), $"{size}K\0\u0086", "K\u0001K\u0001\u0086", quantizer);
        var pickle = Pickle([Code("]("), .. Enumerable.Repeat(Code(call), 200), Code("e")]);
        var file = Zip(pickle, others: [("data/0", []), ("data/1", new byte[8 * outputs]), ("data/2", new byte[8 * outputs])]);
        HostilePickleTests.AssertRefused(_folder.Write("hostile.pth", file), "", "200 tensors of 2 million scales");
    }

    static string Call(string? storage = null, string shape = "K\u0002K\u0002\u0086", string strides = "K\u0002K\u0001\u0086",
        string? quantizer = null) =>
        $"ctorch._utils\n_rebuild_qtensor\n({storage ?? Storage("QInt8", 4)}K\0{shape}{strides}"
        + $"{quantizer ?? Quantizer(Vector("Double"), Vector("Long"))}\u0089}}tR";

    static string Quantizer(string scales, string zeroPoints, string axis = "K\0") =>
        $"(ctorch\nper_channel_affine\n{scales}{zeroPoints}{axis}t";

    static string Vector(string type, string count = "K\u0002") =>
        $"ctorch._utils\n_rebuild_tensor_v2\n({Storage(type, 2)}K\0{count}\u0085K\u0001\u0085\u0089}}tR";

    static string Storage(string type, byte count) => $"({ShortText("storage")}ctorch\n{type}Storage\n"
        + $"{ShortText(type switch { "Double" => "1", "Long" => "2", _ => "0" })}{ShortText("cpu")}K{(char)count}tQ";

    static string ShortText(string text) => Latin(Text(text));

    static string Latin(byte[] bytes) => System.Text.Encoding.Latin1.GetString(bytes);

    static StoredTensor Tensor() => StoredTensor.Quantized(Integers, Scales, 3, 2, 2);

    string Write(CheckpointFormat format)
    {
        var path = _folder[$"{format}.pth"];
        TorchFile.Write(path, new PickleDict { { "weight", Tensor() } }, format);
        return path;
    }
}
