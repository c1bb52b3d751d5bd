namespace Paa.Zoo;

/// <summary>A file could not be downloaded: names it, says why, and what to do.</summary>
/// <param name="message">One sentence or two.</param>
/// <param name="inner">The cause, if there is one.</param>
public sealed class DownloadException(string message, Exception? inner = null) : Exception(message, inner);
