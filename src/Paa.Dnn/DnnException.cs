namespace Paa.Dnn;

/// <summary>A network cannot be compiled or run: what was wrong, in oneDNN's or the library's own words.</summary>
/// <param name="message">The reason.</param>
/// <param name="inner">The cause, if it is an exception.</param>
public sealed class DnnException(string message, Exception? inner = null) : Exception(message, inner);
