namespace Paa.Checkpoints;

/// <summary>An object of a Python class that is known to hold nothing but logs, such as MMEngine's <c>HistoryBuffer</c>. Its
/// content is left out; <see cref="TorchFile.Write"/> stores <c>None</c> in its place.</summary>
/// <param name="TypeName">Module and name of the class, with a dot.</param>
public sealed record PickleObject(string TypeName);
