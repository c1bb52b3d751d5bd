namespace Paa.Models;

/// <summary>Weights that do not fit the network they are loaded into, or any network of this project.</summary>
/// <param name="message">The file and what does not fit, with some examples.</param>
/// <param name="details">Every difference, one line each.</param>
public sealed class ArchitectureException(string message, IReadOnlyList<string>? details = null) : Exception(message)
{
    /// <summary>Every difference between file and network, one line each; empty where there is no list.</summary>
    public IReadOnlyList<string> Details { get; } = details ?? [];

    /// <summary>Message, details and stack trace.</summary>
    public override string ToString() => string.Join(Environment.NewLine,
        [$"{GetType()}: {Message}", .. Details.Select(line => $"   {line}"), StackTrace]);
}
