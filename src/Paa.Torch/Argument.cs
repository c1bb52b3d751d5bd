using System.Globalization;
using Paa.Checkpoints;
using Paa.Torch.Internals;

namespace Paa.Torch;

/// <summary>One argument of an <see cref="Operator"/>, made by implicit conversion. The operator's schema decides what it
/// becomes: an integer given for a float is widened, an enum of libtorch is its number.</summary>
/// <remarks>The default value is "none", for an optional argument. Tensors and arrays are borrowed for the call.</remarks>
public readonly struct Argument
{
    internal readonly ArgumentKind Kind;
    internal readonly long Bits;        // integer, truth value, bits of a double, or a device
    internal readonly object? Reference; // tensor, array or string

    Argument(ArgumentKind kind, long bits, object? reference = null) => (Kind, Bits, Reference) = (kind, bits, reference);

    /// <summary>No value, for an optional argument.</summary>
    public static Argument None => default;

    /// <summary>A tensor; null is none.</summary>
    public static implicit operator Argument(Tensor? value) => value is null ? None : new(ArgumentKind.Tensor, 0, value);

    /// <summary>An integer.</summary>
    public static implicit operator Argument(long value) => new(ArgumentKind.Int, value);

    /// <summary>A floating point number.</summary>
    public static implicit operator Argument(double value) => new(ArgumentKind.Double, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A floating point number; null is none.</summary>
    public static implicit operator Argument(double? value) => value is { } number ? number : None;

    /// <summary>A truth value.</summary>
    public static implicit operator Argument(bool value) => new(ArgumentKind.Bool, value ? 1 : 0);

    /// <summary>An element type.</summary>
    public static implicit operator Argument(ScalarType value) => new(ArgumentKind.Int, (long)value);

    /// <summary>A device.</summary>
    public static implicit operator Argument(Device value) =>
        new(ArgumentKind.Device, ((long)value.Type << 32) | (uint)value.Index);

    /// <summary>A random generator; null is none, which means the default one of the tensor's device.</summary>
    public static implicit operator Argument(Generator? value) =>
        value is null ? None : new(ArgumentKind.Generator, 0, value);

    /// <summary>A name or mode.</summary>
    public static implicit operator Argument(string? value) => value is null ? None : new(ArgumentKind.String, 0, value);

    /// <summary>Integers, such as a shape.</summary>
    public static implicit operator Argument(long[]? value) => value is null ? None : new(ArgumentKind.Ints, 0, value);

    /// <summary>Integers, such as a shape; copied.</summary>
    public static implicit operator Argument(ReadOnlySpan<long> value) => new(ArgumentKind.Ints, 0, value.ToArray());

    /// <summary>Floating point numbers.</summary>
    public static implicit operator Argument(double[]? value) => value is null ? None : new(ArgumentKind.Doubles, 0, value);

    /// <summary>Tensors; a null element is none, where the schema allows it.</summary>
    public static implicit operator Argument(Tensor?[]? value) => value is null ? None : new(ArgumentKind.Tensors, 0, value);

    /// <summary>What error messages show: shape and type of a tensor, or the value.</summary>
    public override string ToString() => Kind switch
    {
        ArgumentKind.Tensor => ((Tensor)Reference!).ToString(),
        ArgumentKind.Int => Bits.ToString(CultureInfo.InvariantCulture),
        ArgumentKind.Double => BitConverter.Int64BitsToDouble(Bits).ToString(CultureInfo.InvariantCulture),
        ArgumentKind.Bool => Bits != 0 ? "true" : "false",
        ArgumentKind.Device => $"device {Bits >> 32}:{(int)Bits}",
        ArgumentKind.Generator => "generator",
        ArgumentKind.String => $"\"{Reference}\"",
        ArgumentKind.Ints => $"({string.Join(", ", (long[])Reference!)})",
        ArgumentKind.Doubles =>
            $"({string.Join(", ", ((double[])Reference!).Select(x => x.ToString(CultureInfo.InvariantCulture)))})",
        ArgumentKind.Tensors => $"{{{string.Join(", ", ((Tensor?[])Reference!).Take(8).Select(t => t?.ToString() ?? "none"))}}}",
        _ => "none",
    };
}
