namespace Paa.Data;

/// <summary>Data that cannot be used: a file, and where it is known the image or annotation in it.</summary>
/// <param name="file">The file as the user named it; the message starts with it.</param>
/// <param name="problem">What was expected, what was found, and what to do.</param>
/// <param name="cause">The exception that led here.</param>
public sealed class DataException(string file, string problem, Exception? cause = null)
    : Exception($"{file}: {problem}", cause)
{
    /// <summary>The file as the user named it.</summary>
    public string File { get; } = file;
}
