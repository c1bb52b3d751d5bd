namespace Paa.Checkpoints;

/// <summary>Writes a checkpoint again in another format: <c>.pth</c> of both kinds and safetensors, from each to each.</summary>
/// <remarks>
/// The new file holds the state dict without <c>module.</c> prefixes and <c>ema_</c> copies, <c>meta</c>, and the optimiser's
/// state unless it is stripped. A bare state dict stays bare. Safetensors hold of the meta what
/// <see cref="SafetensorsMetadata"/> names, and no optimiser.
/// </remarks>
public static class CheckpointConverter
{
    /// <summary>Converts a file, whole or not at all (see <see cref="AtomicFile"/>).</summary>
    /// <param name="source">A <c>.pth</c> in either format, or a safetensors file, told apart by content.</param>
    /// <param name="target">Replaced if it exists.</param>
    /// <param name="options">Format, and what is left out or changed.</param>
    /// <exception cref="CheckpointException">The source is damaged or has no state dict; the target is not writable.</exception>
    public static Conversion Convert(string source, string target, ConversionOptions options)
    {
        try
        {
            var graph = StateDict.IsSafetensors(source) ? ReadSafetensors(source) : TorchFile.Read(source);
            var weights = StateDict.FromGraph(graph, options.Average);
            var written = new PickleDict { { "meta", weights.Meta.Values } };
            var tensors = options.Half ? HalfPrecision.Convert(weights) : weights;
            written.Add("state_dict", tensors.ToGraph());
            var keepsOptimizer = !options.StripOptimizer && options.Format != CheckpointFormat.Safetensors;
            if (keepsOptimizer && graph is PickleDict root && root.TryGetValue("optimizer", out var optimizer))
                written.Add("optimizer", optimizer);

            Write(target, tensors, written, options.Format);
            var others = StateDict.KeysBeside(graph).Where(key => !written.ContainsKey(key));
            if (options.Format == CheckpointFormat.Safetensors && IsQuantized(weights.Meta)) others = others.Append("quantization");
            return new Conversion(tensors.Count, new FileInfo(target).Length, [.. others, .. weights.Ignored]);
        }
        catch (CheckpointException error)
        {
            throw error.In(source);
        }
    }

    /// <summary>Whether a detector is quantised to 8 bits, which safetensors' texts have no place for.</summary>
    static bool IsQuantized(CheckpointMeta meta) =>
        meta.Values.TryGet<PickleDict>("paa", out var own) && own.ContainsKey("quantization");

    static PickleDict ReadSafetensors(string source)
    {
        var read = SafetensorsFile.Read(source);
        return new PickleDict { { "meta", read.Meta.Values }, { "state_dict", read.ToGraph() } };
    }

    static void Write(string target, StateDict tensors, PickleDict whole, CheckpointFormat format)
    {
        if (format == CheckpointFormat.Safetensors)
        {
            SafetensorsFile.Write(target, tensors, SafetensorsMetadata.ToTexts(tensors.Meta));
            return;
        }
        var isBare = tensors.Meta.Values.Count == 0 && !whole.ContainsKey("optimizer");
        TorchFile.Write(target, isBare ? tensors.ToGraph() : whole,
            format == CheckpointFormat.Legacy ? TorchFileFormat.Legacy : TorchFileFormat.Zip);
    }
}
