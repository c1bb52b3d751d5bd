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
