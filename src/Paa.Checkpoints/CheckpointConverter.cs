using System.Runtime.InteropServices;
using Paa.Platform;

namespace Paa.Checkpoints;

/// <summary>Writes a checkpoint again in another format: <c>.pth</c> of both kinds and safetensors, from each to each.</summary>
/// <remarks>
/// The new file holds the state dict without <c>module.</c> prefixes and <c>ema_</c> copies, <c>meta</c>, and the optimiser's
/// state unless it is stripped. A bare state dict stays bare. A safetensors file holds no optimiser, and of the meta only
/// classes, epoch, iteration and the <see cref="ConversionOptions.MetaTexts"/>. The target may be the source.
/// </remarks>
public static class CheckpointConverter
{
    /// <summary>Converts a file, whole or not at all (see <see cref="AtomicFile"/>).</summary>
    /// <param name="source">A <c>.pth</c> in either format, or a safetensors file, told apart by content.</param>
    /// <param name="target">Replaced if it exists.</param>
    /// <param name="options">Format, and what is left out or changed.</param>
    /// <exception cref="CheckpointException">The source is damaged or has no state dict; the target cannot be
    /// written.</exception>
    public static Conversion Convert(string source, string target, ConversionOptions options)
    {
        try
        {
            var graph = CheckpointFile.Read(source, (file, format) =>
                format == CheckpointFormat.Safetensors ? ReadSafetensors(file) : TorchFile.ReadOpen(file, format));
            var weights = StateDict.FromGraph(graph, options.Average);
            var written = new PickleDict { { "meta", weights.Meta.Values } };
            var tensors = options.Half ? HalfPrecision.Convert(weights) : weights;
            written.Add("state_dict", tensors.ToGraph());
            var keepsOptimizer = !options.StripOptimizer && options.Format != CheckpointFormat.Safetensors;
            if (keepsOptimizer && graph is PickleDict root && root.TryGetValue("optimizer", out var optimizer))
                written.Add("optimizer", optimizer);

            Write(target, tensors, written, options);
            var others = StateDict.KeysBeside(graph)
                .Where(key => !written.ContainsKey(key) && !weights.Meta.Values.ContainsKey(key));
            var lost = options.Format == CheckpointFormat.Safetensors ? options.ReportedMeta.Where(key =>
                SafetensorsMetadata.Find(weights.Meta.Values, key) is not null).Select(key => key[(key.IndexOf('.') + 1)..]) : [];
            return new Conversion(tensors.Count, new FileInfo(target).Length, [.. others, .. lost, .. weights.Ignored]);
        }
        catch (CheckpointException error)
        {
            throw error.In(source);
        }
    }

    static PickleDict ReadSafetensors(CheckpointFile source)
    {
        var read = SafetensorsFile.Read(source);
        return new PickleDict { { "meta", read.Meta.Values }, { "state_dict", read.ToGraph() } };
    }

    static void Write(string target, StateDict tensors, PickleDict whole, ConversionOptions options)
    {
        if (options.Format == CheckpointFormat.Safetensors)
        {
            SafetensorsFile.Write(target, tensors, SafetensorsMetadata.ToTexts(tensors.Meta, options.MetaTexts));
            return;
        }
        var isBare = tensors.Meta.Values.Count == 0 && !whole.ContainsKey("optimizer");
        TorchFile.Write(target, isBare ? tensors.ToGraph() : whole, options.Format);
    }
}

/// <summary>What <see cref="CheckpointConverter"/> makes.</summary>
public sealed record ConversionOptions
{
    /// <summary>Format of the new file.</summary>
    public CheckpointFormat Format { get; init; }

    /// <summary>Store weights in half precision.</summary>
    public bool Half { get; init; }

    /// <summary>Leave the state of the optimiser out: enough for prediction and to start from.</summary>
    public bool StripOptimizer { get; init; }

    /// <summary>Take the second set of weights, of a moving average (see <see cref="StateDict.FromGraph"/>).</summary>
    public bool Average { get; init; }

    /// <summary>Further texts of the meta that a safetensors file keeps: <c>a.b</c> names <c>meta['a']['b']</c>.</summary>
    public IReadOnlyList<string> MetaTexts { get; init; } = [];

    /// <summary>Values of the meta, named in the same way, that a safetensors file cannot hold and
    /// <see cref="Conversion.LeftOut"/> then lists.</summary>
    public IReadOnlyList<string> ReportedMeta { get; init; } = [];
}

/// <summary>What a conversion did.</summary>
/// <param name="TensorCount">Tensors written, without those of the optimiser.</param>
/// <param name="ByteCount">Length of the new file.</param>
/// <param name="LeftOut">What the new file lacks of the source: <c>optimizer</c>, <c>message_hub</c>, names of tensors.</param>
public sealed record Conversion(int TensorCount, long ByteCount, IReadOnlyList<string> LeftOut);

/// <summary>Weights in half the bytes. Loading widens them again; every weight keeps three decimal digits.</summary>
static class HalfPrecision
{
    /// <summary>Rounds single and double precision to IEEE half; other types, and quantised tensors, stay.</summary>
    /// <param name="weights">Borrowed.</param>
    /// <exception cref="CheckpointException">A finite value is beyond 65504, the largest of half precision.</exception>
    public static StateDict Convert(StateDict weights)
    {
        var result = new StateDict { Meta = weights.Meta, Attributes = weights.Attributes };
        foreach (var (name, tensor) in weights)
        {
            var isWide = tensor.Type is ScalarType.Float32 or ScalarType.Float64 && !tensor.IsQuantized;
            result.Add(name, isWide ? Convert(name, tensor) : tensor);
        }
        return result;
    }

    static StoredTensor Convert(string name, StoredTensor tensor)
    {
        var values = tensor.ToArray<double>();
        var halves = new Half[values.Length];
        for (var i = 0; i < halves.Length; i++)
        {
            halves[i] = (Half)values[i];
            if (Half.IsInfinity(halves[i]) && double.IsFinite(values[i]))
                throw new CheckpointException($"cannot be stored in half precision: '{name}' has the value {values[i]:R}.");
        }
        return new StoredTensor(new Storage(ScalarType.Float16, MemoryMarshal.AsBytes(halves.AsSpan()).ToArray()), tensor.Shape);
    }
}
