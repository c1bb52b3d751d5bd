using System.Runtime.InteropServices;
using global::Onnx;
using Google.Protobuf;

namespace Paa.Onnx;

/// <summary>The weights of a model that another program wrote.</summary>
public static class OnnxWeights
{
    /// <summary>Reads the nodes of a model in their order, which is that of the computation.</summary>
    /// <param name="path">A file whose constants are in it, in single precision where they are numbers.</param>
    /// <returns>The nodes, each with the constants that it reads.</returns>
    /// <exception cref="InvalidDataException">The file is no ONNX model, or it is damaged. The message follows the file's
    /// name.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<OnnxNode> Read(string path)
    {
        GraphProto graph;
        try
        {
            using var file = File.OpenRead(path);
            graph = ModelProto.Parser.ParseFrom(file).Graph
                ?? throw new InvalidDataException("is no ONNX model: it has no graph.");
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new InvalidDataException($"is no ONNX model, or it is damaged: {error.Message}", error);
        }
        var constants = new Dictionary<string, OnnxConstant>(StringComparer.Ordinal);
        foreach (var tensor in graph.Initializer)
            if (tensor.DataType == (int)OnnxType.Float32) constants[tensor.Name] = Constant(tensor);
        return [.. graph.Node.Select(node => new OnnxNode(node.OpType,
            [.. node.Input.Where(constants.ContainsKey).Select(name => constants[name])]))];
    }

    static OnnxConstant Constant(TensorProto tensor)
    {
        long[] dims = [.. tensor.Dims];
        float[] values = tensor.RawData.IsEmpty
            ? [.. tensor.FloatData]
            : tensor.RawData.Length % sizeof(float) == 0 ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray() : [];
        var count = dims.Aggregate(1L, (product, size) => size < 0 || product > int.MaxValue ? -1 : product * size);
        return values.Length == count ? new OnnxConstant(dims, values) : throw new InvalidDataException(
            $"has a damaged constant: {tensor.Name} of [{string.Join(", ", dims)}] has {values.Length} numbers.");
    }
}

/// <summary>A node of a model.</summary>
/// <param name="Op">Its operator: <c>Conv</c>.</param>
/// <param name="Constants">What it reads that is constant and in single precision, in the order of its inputs.</param>
public sealed record OnnxNode(string Op, IReadOnlyList<OnnxConstant> Constants);

/// <summary>A constant in single precision.</summary>
/// <param name="Dims">Sizes, slowest axis first; none: a single number.</param>
/// <param name="Values">In row order.</param>
public sealed record OnnxConstant(long[] Dims, float[] Values);
