using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Paa.Checkpoints;
using Paa.Options;
using static Paa.Tests.Checkpoints.PickleFile;

namespace Paa.Tests.Models;

/// <summary>Damaged and hostile files, which a seeded generator makes from the checkpoint of a tiny detector in every
/// format.</summary>
sealed class HostileCheckpoints
{
    const int Rounds = 14;

    static readonly ulong[] BadNumbers = [0, 1, 0xff, 0x7fff_ffff, 0xffff_ffff, 0x7fff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff];

    readonly Random _random = new(20200821);
    readonly (string Name, byte[] Content)[] _sources;

    HostileCheckpoints(string folder)
    {
        using var detector = SmallDetector.Create(SmallDetector.Options with
        {
            Backbone = new BackboneOptions { Depth = 18, BaseChannels = 1, FrozenStages = -1 },
        });
        var weights = detector.ToStateDict();
        var content = new PickleDict
        {
            { "meta", new PickleDict { { "CLASSES", new PickleTuple("a", "b", "c") }, { "epoch", 1L } } },
            { "state_dict", weights.ToGraph() },
        };
        var path = Path.Combine(folder, "source");
        TorchFile.Write(path, content);
        var zip = File.ReadAllBytes(path);
        TorchFile.Write(path, content, CheckpointFormat.Legacy);
        var legacy = File.ReadAllBytes(path);
        SafetensorsFile.Write(path, weights);
        _sources = [("zip", zip), ("deflated zip", Deflate(zip)), ("legacy", legacy), ("safetensors", File.ReadAllBytes(path))];
    }

    /// <summary>All files: name and content.</summary>
    /// <param name="folder">For the sources, while they are made.</param>
    public static IEnumerable<(string Name, byte[] Content)> All(string folder)
    {
        var files = new HostileCheckpoints(folder);
        return files._sources.SelectMany(files.Mutations)
            .Concat(files.HandMade())
            .Concat(Headers().Select(header => ($"safetensors that says {header}", Safetensors(header, 64))));
    }

    IEnumerable<(string, byte[])> Mutations((string Name, byte[] Content) source)
    {
        var (name, whole) = source;
        var structure = Structure(whole);
        for (var round = 0; round < Rounds; round++)
        {
            var copy = whole.ToArray();
            var at = structure[_random.Next(structure.Length)];
            yield return ($"{name} cut at {at}", whole[..at]);
            var (ahead, back) = (Math.Min(whole.Length, at + _random.Next(1, 100)), Math.Max(0, at - _random.Next(1, 5000)));
            yield return ($"{name} without the bytes from {at} to {ahead}", [.. whole[..at], .. whole[ahead..]]);
            yield return ($"{name} with the bytes from {back} to {at} twice", [.. whole[..at], .. whole[back..]]);
            for (var flip = 0; flip < 8; flip++) copy[structure[_random.Next(structure.Length)]] ^= (byte)(1 << _random.Next(8));
            yield return ($"{name} with 8 bits flipped, round {round}", copy);
            copy = whole.ToArray();
            var number = BadNumbers[_random.Next(BadNumbers.Length)];
            BinaryPrimitives.WriteUInt64LittleEndian(copy.AsSpan(Math.Min(at, copy.Length - 8)), number);
            yield return ($"{name} with a wrong number at {at}", copy);
            copy = whole.ToArray();
            _random.NextBytes(copy.AsSpan(at, Math.Min(_random.Next(1, 40), copy.Length - at)));
            yield return ($"{name} with noise at {at}", copy);
        }
    }

    /// <summary>Positions that matter: a damaged weight is only another weight, so nine in ten lie outside of them.</summary>
    int[] Structure(byte[] content) =>
    [
        .. Enumerable.Range(0, 900).Select(_ => _random.Next(Math.Min(content.Length, 20_000))),
        .. Enumerable.Range(0, 900).Select(_ => content.Length - 1 - _random.Next(Math.Min(content.Length, 10_000))),
        .. Enumerable.Range(0, 200).Select(_ => _random.Next(content.Length)),
    ];

    IEnumerable<(string Name, byte[] Content)> HandMade()
    {
        var zip = _sources[0].Content;
        yield return ("a zip twice in a row", [.. zip, .. zip]);
        yield return ("a zip behind a legacy file", [.. _sources[2].Content, .. zip]);
        yield return ("a pickle that unfolds to 300 MB", Bomb("any/data.pkl", 300));
        yield return ("storages that unfold to 200 MB each", Bombs());
        yield return ("entries on top of each other", Overlapping(zip));
        yield return ("a network of billions of weights", FileOf(("backbone.conv1.weight", [16000, 3, 7, 7])));
        yield return ("classes without elements", FileOf(("bbox_head.atss_cls.weight", [int.MaxValue, 0, 3, 3])));
        yield return ("classes beyond 32 bits", FileOf(("bbox_head.atss_cls.weight", [1L << 40, 0, 3, 3])));
        yield return ("weights that are numbers", Zip(Pickle(Code("}"), Text("bbox_head.atss_cls.weight"), Code("K\u0001s"))));
        yield return ("a configuration that is none", WithConfig("model: [1, 2"));
        yield return ("a configuration of a huge network", WithConfig("model: { backbone: { base_channels: 2000000000 } }"));
        yield return ("a configuration of many layers", WithConfig("model: { bbox_head: { stacked_convs: 2000000000 } }"));
        yield return ("a configuration with aliases of aliases", WithConfig(Aliases()));
        yield return ("a configuration of a megabyte", WithConfig(new string('#', 1 << 20)));
        foreach (var (name, call) in Calls())
        {
            yield return ($"{name}, legacy", Legacy(Pickle(call)));
            yield return ($"{name}, zip", Zip(Pickle(call)));
        }
    }

    static IEnumerable<(string, byte[])> Calls()
    {
        string[] names =
        [
            "os\nsystem", "posix\nsystem", "subprocess\nPopen", "builtins\nexec", "builtins\ngetattr", "torch\nload",
            "torch.hub\nload", "numpy\nload", "mmengine.logging.history_buffer\nos.system", "__builtin__\n__import__",
        ];
        foreach (var name in names)
        {
            byte[] call = [.. Code($"c{name}\n"), .. Text("touch owned"), 0x85, (byte)'R'];
            yield return ($"a call of {name.Replace('\n', '.')}", call);
        }
        yield return ("INST", Code("(S'touch owned'\nios\nsystem\n"));
        yield return ("OBJ", [.. Code("(cos\nsystem\n"), .. Text("touch owned"), (byte)'o']);
        yield return ("an extension code", [0x82, 1]);
        yield return ("a new HistoryBuffer that is built of a list in itself",
            Code("cmmengine.logging.history_buffer\nHistoryBuffer\n)\u0081]q\u0000h\u0000ab0]q\u0001h\u0001a"));
    }

    static IEnumerable<string> Headers() =>
    [
        "",
        "[]",
        "1",
        "{}",
        """{"a":1}""",
        """{"a":{}}""",
        """{"a":{"dtype":"F32","shape":[16],"data_offsets":[0]}}""",
        """{"a":{"dtype":"F32","shape":[16],"data_offsets":[0,64,128]}}""",
        """{"a":{"dtype":"F32","shape":[-16],"data_offsets":[0,64]}}""",
        """{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,64]}}""",
        """{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,64]}}""",
        """{"a":{"dtype":"F32","shape":["16"],"data_offsets":[0,64]}}""",
        """{"a":{"dtype":7,"shape":[16],"data_offsets":[0,64]}}""",
        """{"a":{"dtype":"F32","shape":[16],"data_offsets":[0,9223372036854775807]}}""",
        """{"a":{"dtype":"F32","shape":[16],"data_offsets":[-64,0]}}""",
        """{"a":{"dtype":"F32","shape":[16],"data_offsets":[1,65]}}""",
        """{"__metadata__":[1],"a":{"dtype":"F32","shape":[16],"data_offsets":[0,64]}}""",
        """{"__metadata__":{"paa.classes":"[["},"a":{"dtype":"F32","shape":[16],"data_offsets":[0,64]}}""",
        """{"__metadata__":{"paa.config":"x: y"},"a":{"dtype":"F32","shape":[16],"data_offsets":[0,64]}}""",
        "{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[16],\"data_offsets\":[0,64]}}",
        new('[', 5000),
        """{"a":""" + new string('{', 5000),
    ];

    static byte[] Safetensors(string header, int dataLength)
    {
        var bytes = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)bytes.Length), .. bytes, .. new byte[dataLength]];
    }

    /// <summary>A zip checkpoint whose tensors all view a storage of one number.</summary>
    static byte[] FileOf((string Name, long[] Shape) tensor)
    {
        var sizes = string.Concat(tensor.Shape.Select(size =>
            "\u008a\u0008" + Encoding.Latin1.GetString(BitConverter.GetBytes(size))));
        var strides = string.Concat(tensor.Shape.Select(_ => "K\u0000"));
        return Zip(Pickle(Code("}"), Text(tensor.Name), Tensor(1, "K\u0000", $"({sizes}t", $"({strides}t"), Code("s")),
            CompressionLevel.NoCompression, ("data/0", new byte[4]));
    }

    byte[] WithConfig(string yaml)
    {
        var text = Encoding.UTF8.GetBytes(yaml);
        byte[] pickle = Pickle(
            Code("}"), Text("meta"), Code("}"), Text("paa"), Code("}"), Text("config"),
            [(byte)'X', .. BitConverter.GetBytes(text.Length), .. text], Code("sss"), Text("state_dict"), Code("}s"));
        return _random.Next(2) == 0 ? Zip(pickle) : Legacy(pickle);
    }

    static string Aliases()
    {
        var lines = Enumerable.Range(1, 25).Select(i => $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}]");
        return $"a0: &a0 [x, x]\n{string.Join('\n', lines)}\ndata: {{ classes: *a25 }}";
    }

    static byte[] Deflate(byte[] zip)
    {
        using var output = new MemoryStream();
        using (var source = new ZipArchive(new MemoryStream(zip)))
        using (var target = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var entry in source.Entries)
            {
                using var from = entry.Open();
                using var to = target.CreateEntry(entry.FullName, CompressionLevel.Fastest).Open();
                from.CopyTo(to);
            }
        return output.ToArray();
    }

    static byte[] Bomb(string name, int megabytes)
    {
        using var output = new MemoryStream();
        using (var zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        using (var entry = zip.CreateEntry(name, CompressionLevel.Fastest).Open())
            for (var i = 0; i < megabytes; i++) entry.Write(new byte[1 << 20]);
        return output.ToArray();
    }

    /// <summary>Two tensors of 50 million elements, each on zeros that compress to little.</summary>
    static byte[] Bombs()
    {
        const int count = 50_000_000;
        var size = "J" + Encoding.Latin1.GetString(BitConverter.GetBytes(count)) + "\u0085";
        return Zip(Pickle(Code("}"), Text("a"), Tensor(count, "K\u0000", size, "K\u0001\u0085"), Code("s")),
            CompressionLevel.Fastest, ("data/0", new byte[4 * count]));
    }

    /// <summary>The last entry of the directory points to the place of the first.</summary>
    static byte[] Overlapping(byte[] zip)
    {
        var copy = zip.ToArray();
        var (first, last) = (copy.AsSpan().IndexOf("PK\u0001\u0002"u8), copy.AsSpan().LastIndexOf("PK\u0001\u0002"u8));
        copy.AsSpan(first + 20, 8).CopyTo(copy.AsSpan(last + 20));
        copy.AsSpan(first + 42, 4).CopyTo(copy.AsSpan(last + 42));
        return copy;
    }
}
