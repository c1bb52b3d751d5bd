namespace Paa.Torch;

/// <summary>An operation of libtorch failed: what was tried, with which tensors, and libtorch's own words.</summary>
public sealed class TorchException : Exception
{
    const int MaxLines = 4; // of libtorch's message; the rest is a C++ stack or the same again

    /// <summary>Makes the message from an operation and what libtorch said about it.</summary>
    /// <param name="operation">Operator and the shapes of its arguments, or another short name of what was tried.</param>
    /// <param name="message">libtorch's message; C++ stack frames are cut off.</param>
    public TorchException(string operation, string message) : base($"{operation}: {FirstLines(message)}") => Operation = operation;

    /// <summary>What was tried.</summary>
    public string Operation { get; }

    static string FirstLines(string message)
    {
        var end = message.IndexOf("Exception raised from", StringComparison.Ordinal);
        var text = end < 0 ? message : message[..end];
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return string.Join('\n', lines.Take(MaxLines));
    }
}

/// <summary>A tensor or list has another shape than the operation needs.</summary>
/// <param name="message">Where, what was expected, and what was given.</param>
public sealed class ShapeException(string message) : Exception(message)
{
    /// <summary>Checks a number of elements, channels or levels.</summary>
    /// <param name="actual">The number given.</param>
    /// <param name="expected">The number needed.</param>
    /// <param name="what">What is counted, and where: "FeaturePyramid: backbone stages".</param>
    /// <exception cref="ShapeException">The numbers differ.</exception>
    public static void ThrowIfNotEqual(long actual, long expected, string what)
    {
        if (actual != expected) throw new ShapeException($"{what} must be {expected}, got {actual}.");
    }

    /// <summary>Checks a whole shape.</summary>
    /// <param name="actual">The shape given.</param>
    /// <param name="expected">The shape needed; -1 stands for any size.</param>
    /// <param name="what">What has the shape, and where: "BoxCoder.Decode: deltas".</param>
    /// <exception cref="ShapeException">Rank or a size differs.</exception>
    public static void ThrowIfNotEqual(ReadOnlySpan<long> actual, ReadOnlySpan<long> expected, string what)
    {
        var equal = actual.Length == expected.Length;
        for (var i = 0; equal && i < expected.Length; i++) equal = expected[i] == -1 || actual[i] == expected[i];
        if (!equal) throw new ShapeException($"{what} must be {Text(expected)}, got {Text(actual)}.");
    }

    /// <summary>A shape as text: [2, 3, N], where N stands for any size (-1).</summary>
    /// <param name="shape">Sizes, outermost first.</param>
    public static string Text(ReadOnlySpan<long> shape)
    {
        var parts = new string[shape.Length];
        for (var i = 0; i < shape.Length; i++) parts[i] = shape[i] == -1 ? "N" : shape[i].ToString();
        return $"[{string.Join(", ", parts)}]";
    }
}
