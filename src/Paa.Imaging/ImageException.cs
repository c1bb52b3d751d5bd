namespace Paa.Imaging;

/// <summary>An image that cannot be read or written: which one, and why.</summary>
/// <param name="file">Path of the file, or another name that tells the user which image is meant.</param>
/// <param name="reason">What is wrong with it.</param>
/// <param name="inner">The cause, if it is an exception.</param>
public sealed class ImageException(string file, string reason, Exception? inner = null) : Exception($"{file}: {reason}.", inner)
{
    /// <summary>Path of the file, or the name given for an image in memory.</summary>
    public string File { get; } = file;

    /// <summary>What is wrong, without the file and the final full stop.</summary>
    public string Reason { get; } = reason;
}
