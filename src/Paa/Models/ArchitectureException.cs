namespace Paa.Models;

/// <summary>Weights that do not fit the network they are loaded into, or any network of this project.</summary>
public sealed class ArchitectureException(string message) : Exception(message);
