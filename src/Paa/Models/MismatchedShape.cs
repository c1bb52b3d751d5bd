namespace Paa.Models;

/// <summary>A tensor whose shape differs between a file and the network.</summary>
/// <param name="Name">Its name in the network.</param>
/// <param name="Stored">Its shape in the file.</param>
/// <param name="Expected">Its shape in the network.</param>
public sealed record MismatchedShape(string Name, long[] Stored, long[] Expected)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} ([{string.Join(", ", Stored)}] for [{string.Join(", ", Expected)}])";
}
