using System.Numerics;
using System.Text;
using Paa.Checkpoints;
using Paa.Checkpoints.Zip;

namespace Paa.Tests.Checkpoints;

public class TorchFileTests
{
    static PickleDict Everything()
    {
        var shared = new Storage(ScalarType.Float32, new byte[24 * 4]);
        var list = new List<object?> { 1L, -1L, 255L, 256L, 65536L, -70000L, long.MaxValue, long.MinValue };
        return new PickleDict
        {
            ["meta"] = new PickleDict
            {
                ["text"] = "été ✓ \0 𝄞",
                ["none"] = null,
                ["flags"] = new PickleTuple(true, false),
                ["numbers"] = list,
                ["same list"] = list,
                ["big"] = BigInteger.Pow(2, 70),
                ["small"] = -BigInteger.Pow(2, 70),
                ["reals"] = new List<object?> { -0.1, double.PositiveInfinity, double.MaxValue, 0.0 },
                ["bytes"] = new byte[] { 0, 128, 255 },
                ["no bytes"] = Array.Empty<byte>(),
                ["tuples"] = new List<object?>
                {
                    PickleTuple.Empty, new PickleTuple(1L), new PickleTuple(1L, "b"), new PickleTuple(1L, 2L, 3L),
                    new PickleTuple(1L, 2L, 3L, 4L),
                },
                ["long list"] = Enumerable.Range(0, 2500).Select(i => (object?)(long)i).ToList(),
                ["dtype"] = ScalarType.BFloat16,
                [7L] = "an integer key",
                [2.5] = "a real key",
                [new PickleTuple("a", 1L)] = "a tuple key",
            },
            ["state_dict"] = new PickleDict
            {
                ["whole"] = new StoredTensor(shared, [4, 6]),
                ["transposed"] = new StoredTensor(shared, [6, 4], [1, 6]),
                ["part"] = new StoredTensor(shared, [2, 3], [6, 1], 8),
                ["scalar"] = StoredTensor.From<double>([2.5]),
                ["empty"] = StoredTensor.From<long>([], 0, 4),
                ["half"] = StoredTensor.From<Half>([(Half)1.5f, (Half)(-2f)], 2),
                ["brain"] = new StoredTensor(new Storage(ScalarType.BFloat16, new byte[] { 0xc0, 0x3f }), [1]),
                ["bytes"] = StoredTensor.From<byte>([1, 2, 3], 3),
                ["flags"] = StoredTensor.From<bool>([true, false], 2),
                ["parameter"] = new StoredTensor(shared, [1], [1], 3) { RequiresGrad = true, IsParameter = true },
                ["graded"] = new StoredTensor(shared, [1], [1], 3) { RequiresGrad = true },
            },
            ["ordered"] = new PickleDict
            {
                IsOrderedDict = true,
                Attributes = new PickleDict { ["_metadata"] = new PickleDict { IsOrderedDict = true } },
            },
        };
    }

    [Theory]
    [InlineData(CheckpointFormat.Zip)]
    [InlineData(CheckpointFormat.Legacy)]
    public void Read_InvertsWrite(CheckpointFormat format)
    {
        using var folder = new TemporaryFolder();
        TorchFile.Write(folder["a.pth"], Everything(), format);
        GraphAssert.Equal(Everything(), TorchFile.Read(folder["a.pth"]));
    }

    [Theory]
    [InlineData(CheckpointFormat.Zip)]
    [InlineData(CheckpointFormat.Legacy)]
    public void Write_OfEqualContent_GivesEqualBytes(CheckpointFormat format)
    {
        using var folder = new TemporaryFolder();
        TorchFile.Write(folder["a.pth"], Everything(), format);
        TorchFile.Write(folder["b.pth"], Everything(), format);
        Assert.Equal(File.ReadAllBytes(folder["a.pth"]), File.ReadAllBytes(folder["b.pth"]));
    }

    [Fact]
    public void Write_StoresSharedStoragesOnce()
    {
        using var folder = new TemporaryFolder();
        TorchFile.Write(folder["a.pth"], Everything());
        var tensors = (PickleDict)((PickleDict)TorchFile.Read(folder["a.pth"])!)["state_dict"]!;
        Assert.Same(((StoredTensor)tensors["whole"]!).Storage, ((StoredTensor)tensors["parameter"]!).Storage);
        using var source = new CheckpointFile(folder["a.pth"]);
        Assert.Equal(7, new ZipReader(source).Entries.Keys.Count(name => name.Contains("/data/", StringComparison.Ordinal)));
    }

    [Fact]
    public void Write_AlignsEveryEntry()
    {
        using var folder = new TemporaryFolder();
        TorchFile.Write(folder["a.pth"],
            new PickleDict { ["t"] = StoredTensor.From<int>([0x41424344, 0x45464748, 0x494a4b4c], 3) });
        var at = Encoding.Latin1.GetString(File.ReadAllBytes(folder["a.pth"])).IndexOf("DCBAHGFE", StringComparison.Ordinal);
        Assert.True(at > 0 && at % 64 == 0, $"The elements start at byte {at}.");
    }

    [Fact]
    public void Write_TakesPlainDotNetCollections()
    {
        using var folder = new TemporaryFolder();
        var collections = new Dictionary<string, object?>
        {
            ["names"] = new[] { "a", "b" },
            ["sizes"] = new[] { 1, 2 },
            ["half"] = 0.5f,
        };
        TorchFile.Write(folder["a.pth"], collections);
        var expected = new PickleDict
        {
            ["names"] = new List<object?> { "a", "b" },
            ["sizes"] = new List<object?> { 1L, 2L },
            ["half"] = 0.5,
        };
        GraphAssert.Equal(expected, TorchFile.Read(folder["a.pth"]));
    }

    [Fact]
    public void Write_OfAnUnsupportedObject_NamesItsType()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<CheckpointException>(() =>
            TorchFile.Write(folder["a.pth"], new List<object?> { new Version(1, 0) }));
        Assert.Equal($"{folder["a.pth"]}: cannot hold a Version; only plain data and tensors are written.", error.Message);
    }

    [Fact]
    public void Write_OfTupleInItself_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var endless = new object?[1];
        endless[0] = new PickleTuple(endless);           // a tuple in itself, which Python cannot make
        Assert.Throws<CheckpointException>(() => TorchFile.Write(folder["a.pth"], endless[0]));
        Assert.False(File.Exists(folder["a.pth"]));
    }

    [SkippableTheory]
    [InlineData(CheckpointFormat.Zip)]
    [InlineData(CheckpointFormat.Legacy)]
    public void Write_IsReadByPyTorch(CheckpointFormat format)
    {
        using var folder = new TemporaryFolder();
        TorchFile.Write(folder["a.pth"], Everything(), format);
        Python.Run("""
            import collections, sys, torch
            version = tuple(int(part) for part in torch.__version__.split('.')[:2])
            # Before 2.6, weights_only=True read no floats and bytes.
            loads = [dict(weights_only=False)] + [dict(weights_only=True)] * (version >= (2, 6))
            for options in loads if version >= (1, 13) else [{}]:
                data = torch.load(sys.argv[1], **options)
                meta, tensors = data['meta'], data['state_dict']
                assert meta['text'] == 'été ✓ \0 𝄞' and meta['none'] is None and meta['flags'] == (True, False)
                assert meta['numbers'] == [1, -1, 255, 256, 65536, -70000, 2 ** 63 - 1, -2 ** 63]
                assert meta['numbers'] is meta['same list']
                assert meta['big'] == 2 ** 70 and meta['small'] == -2 ** 70 and meta['reals'][:2] == [-0.1, float('inf')]
                assert meta['bytes'] == b'\x00\x80\xff' and meta['no bytes'] == b''
                assert meta['tuples'] == [(), (1,), (1, 'b'), (1, 2, 3), (1, 2, 3, 4)] and meta['long list'] == list(range(2500))
                assert meta['dtype'] is torch.bfloat16 and meta[7] == 'an integer key' and meta[('a', 1)] == 'a tuple key'
                assert tensors['transposed'].stride() == (1, 6) and tensors['part'].storage_offset() == 8
                assert tensors['whole'].data_ptr() == tensors['transposed'].data_ptr()
                assert tensors['scalar'].shape == () and tensors['scalar'].item() == 2.5 and tensors['empty'].shape == (0, 4)
                assert tensors['half'].tolist() == [1.5, -2] and tensors['brain'].tolist() == [1.5]
                assert tensors['flags'].tolist() == [True, False]
                assert isinstance(tensors['parameter'], torch.nn.Parameter) and tensors['parameter'].requires_grad
                assert tensors['graded'].requires_grad and not isinstance(tensors['graded'], torch.nn.Parameter)
                assert type(data['ordered']) is collections.OrderedDict and data['ordered']._metadata == {}
            """, folder["a.pth"]);
    }

    [SkippableFact]
    public void Write_OfStateDict_IsReadByPyTorchWeightsOnly()
    {
        using var folder = new TemporaryFolder();
        var versions = new PickleDict { IsOrderedDict = true, [""] = new PickleDict { ["version"] = 1L } };
        var metadata = new PickleDict { ["_metadata"] = versions };
        TorchFile.Write(folder["a.pth"],
            new PickleDict { IsOrderedDict = true, Attributes = metadata, ["w"] = StoredTensor.From<float>([1, 2], 2) });
        Python.Run("""
            import sys, torch
            options = dict(weights_only=True) if hasattr(torch.serialization, '_weights_only_unpickler') else {}
            data = torch.load(sys.argv[1], **options)
            assert data['w'].tolist() == [1, 2] and data._metadata == {'': {'version': 1}}
            """, folder["a.pth"]);
    }

    [SkippableFact]
    public void Read_ReadsWhatPyTorchWrites()
    {
        using var folder = new TemporaryFolder();
        Python.Run("""
            import collections, sys, numpy, torch
            data = dict(weights=torch.arange(6.).reshape(2, 3), number=numpy.float64(0.25), count=numpy.int64(-3),
                        flag=numpy.bool_(True), milestones=collections.Counter({8: 1}), names={'a'},
                        size=torch.Size([2, 3]), device=torch.device('cuda:1'),
                        raw=b'\xff\x00', type=torch.float16, array=bytearray(b'\x01'))
            for zip in (False, True):
                for protocol in (2, 4, 5):
                    torch.save(data, f'{sys.argv[1]}/{zip}{protocol}.pth', pickle_protocol=protocol,
                               _use_new_zipfile_serialization=zip)
            """, folder.Path);
        var expected = new PickleDict
        {
            ["weights"] = StoredTensor.From<float>([0, 1, 2, 3, 4, 5], 2, 3),
            ["number"] = 0.25,
            ["count"] = -3L,
            ["flag"] = true,
            ["milestones"] = new PickleDict { [8L] = 1L },
            ["names"] = new List<object?> { "a" },
            ["size"] = new PickleTuple(2L, 3L),
            ["device"] = "cuda:1",
            ["raw"] = new byte[] { 255, 0 },
            ["type"] = ScalarType.Float16,
            ["array"] = new byte[] { 1 },
        };
        var files = Directory.GetFiles(folder.Path);
        Assert.Equal(6, files.Length);
        Assert.All(files, file => GraphAssert.Equal(expected, TorchFile.Read(file)));
    }

    /// <summary>MMDetection 3.x keeps the history of its losses beside the weights.</summary>
    [SkippableFact]
    public void Read_OfLogObjects_KeepsTheirNamesOnly()
    {
        using var folder = new TemporaryFolder();
        Python.Run("""
            import collections, sys, types, numpy, torch
            module = types.ModuleType('mmengine.logging.history_buffer')
            for name in ('mmengine', 'mmengine.logging'): sys.modules[name] = types.ModuleType(name)
            sys.modules[module.__name__] = module
            class HistoryBuffer:
                def __init__(self, values):
                    self.max_length = 1000000
                    self._log_history, self._count_history = numpy.array(values), numpy.ones(len(values))
            HistoryBuffer.__module__, module.HistoryBuffer = module.__name__, HistoryBuffer
            hub = dict(log_scalars=collections.OrderedDict(loss=HistoryBuffer([1.5] * 100000)),
                       runtime_info=collections.OrderedDict(best=numpy.float64(0.4), palette=numpy.zeros((3, 3), numpy.uint8)))
            meta = dict(dataset_meta=dict(classes=('cat', 'dog')), epoch=12)
            data = dict(meta=meta, state_dict=dict(w=torch.ones(2)), message_hub=hub)
            for zip in (False, True):
                torch.save(data, f'{sys.argv[1]}/{zip}.pth', _use_new_zipfile_serialization=zip)
            """, folder.Path);
        foreach (var file in Directory.GetFiles(folder.Path))
        {
            var root = Assert.IsType<PickleDict>(TorchFile.Read(file));
            Assert.Equal(["cat", "dog"], StateDict.FromGraph(root).Meta.Classes);
            var hub = (PickleDict)root["message_hub"]!;
            var (scalars, info) = ((PickleDict)hub["log_scalars"]!, (PickleDict)hub["runtime_info"]!);
            Assert.Equal(new PickleObject("mmengine.logging.history_buffer.HistoryBuffer"), scalars["loss"]);
            Assert.Equal(new PickleObject("numpy.ndarray"), info["palette"]);
            Assert.Equal(0.4, info["best"]);
        }
    }
}
