using global::Onnx;
using Google.Protobuf;

namespace Paa.Onnx;

/// <summary>Types of the elements of a tensor, with their numbers in <c>TensorProto.DataType</c>.</summary>
public enum OnnxType
{
    /// <summary>Single precision.</summary>
    Float32 = 1,

    /// <summary>0 to 255.</summary>
    UInt8 = 2,

    /// <summary>-128 to 127.</summary>
    Int8 = 3,

    /// <summary>32-bit integers.</summary>
    Int32 = 6,

    /// <summary>64-bit integers, the type of sizes and indices.</summary>
    Int64 = 7,

    /// <summary>True and false, a byte each.</summary>
    Bool = 9,

    /// <summary>Half precision.</summary>
    Float16 = 10,

    /// <summary>Double precision.</summary>
    Float64 = 11,
}

/// <summary>A tensor of a graph: an input, a constant, or what a node gives.</summary>
/// <param name="Name">Unique in its model.</param>
public sealed record OnnxValue(string Name);

/// <summary>The size of an axis: a number, a name that stands for any number, or unknown.</summary>
/// <remarks>Numbers and names convert by themselves: <c>"batch", 3, "height", "width"</c>.</remarks>
public readonly record struct OnnxDimension
{
    OnnxDimension(long? size, string? name) => (Size, Name) = (size, name);

    /// <summary>The number, if it is known.</summary>
    public long? Size { get; }

    /// <summary>What stands for it, if it has a name. Axes of one name have one size.</summary>
    public string? Name { get; }

    /// <summary>A size that nothing is known about.</summary>
    public static OnnxDimension Unknown => default;

    /// <summary>A known size.</summary>
    public static implicit operator OnnxDimension(long size) => new(size, null);

    /// <summary>A size that is known when the graph runs.</summary>
    public static implicit operator OnnxDimension(string name) => new(null, name);
}

/// <summary>The value of a node's attribute, which numbers, texts and graphs become by themselves: <c>("axis", 1)</c>,
/// <c>("alpha", 0.5f)</c>, <c>("pads", new long[] { 1, 1, 1, 1 })</c>.</summary>
public sealed class OnnxAttribute
{
    readonly AttributeProto _proto;

    OnnxAttribute(AttributeProto.Types.AttributeType type, AttributeProto value)
    {
        _proto = value;
        _proto.Type = type;
    }

    /// <summary>An integer.</summary>
    public static implicit operator OnnxAttribute(long value) => new(AttributeProto.Types.AttributeType.Int, new() { I = value });

    /// <summary>A number that need not be whole.</summary>
    public static implicit operator OnnxAttribute(float value) =>
        new(AttributeProto.Types.AttributeType.Float, new() { F = value });

    /// <summary>A text.</summary>
    public static implicit operator OnnxAttribute(string value) =>
        new(AttributeProto.Types.AttributeType.String, new() { S = ByteString.CopyFromUtf8(value) });

    /// <summary>Integers.</summary>
    public static implicit operator OnnxAttribute(long[] values) =>
        new(AttributeProto.Types.AttributeType.Ints, new() { Ints = { values } });

    /// <summary>Numbers that need not be whole.</summary>
    public static implicit operator OnnxAttribute(float[] values) =>
        new(AttributeProto.Types.AttributeType.Floats, new() { Floats = { values } });

    /// <summary>An element type, as <c>Cast</c> has.</summary>
    public static implicit operator OnnxAttribute(OnnxType value) => (long)value;

    /// <summary>A graph, as <c>Loop</c> and <c>If</c> have, which is finished.</summary>
    public static implicit operator OnnxAttribute(OnnxGraph value) =>
        new(AttributeProto.Types.AttributeType.Graph, new() { G = value.Proto });

    internal AttributeProto Named(string name)
    {
        var own = _proto.Clone();
        own.Name = name;
        return own;
    }
}
