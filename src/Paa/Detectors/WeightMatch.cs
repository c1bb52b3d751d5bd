using Paa.Checkpoints;
using Paa.Models;

namespace Paa.Detectors;

/// <summary>How the tensors of a file fit the parameters of a network, by name and shape.</summary>
/// <param name="Fitting">Tensors that fit, under their names in the network.</param>
/// <param name="Missing">Names of the network that the file lacks.</param>
/// <param name="Unexpected">Names of the file that the network lacks.</param>
/// <param name="Mismatched">Names that both have with different shapes, each with both shapes.</param>
public sealed record WeightMatch(IReadOnlyList<KeyValuePair<string, StoredTensor>> Fitting, IReadOnlyList<string> Missing,
    IReadOnlyList<string> Unexpected, IReadOnlyList<MismatchedShape> Mismatched)
{
    /// <summary>Whether the file has exactly what the network needs.</summary>
    public bool IsComplete => Missing.Count == 0 && Unexpected.Count == 0 && Mismatched.Count == 0;

    /// <summary>Compares names and shapes; no tensor is read.</summary>
    /// <param name="stateDict">Tensors by name.</param>
    /// <param name="parameters">Of the network.</param>
    /// <param name="rename">From a name of the file to that of the network, or null to leave a tensor out; null: names are
    /// equal.</param>
    public static WeightMatch Of(
        StateDict stateDict, IReadOnlyList<ParameterSpec> parameters, Func<string, string?>? rename = null)
    {
        var missing = parameters.ToDictionary(parameter => parameter.Name);
        var fitting = new List<KeyValuePair<string, StoredTensor>>();
        var unexpected = new List<string>();
        var mismatched = new List<MismatchedShape>();
        foreach (var (stored, tensor) in stateDict)
        {
            if ((rename is null ? stored : rename(stored)) is not { } name) continue;
            if (!missing.Remove(name, out var parameter)) unexpected.Add(stored);
            else if (!parameter.Shape.AsSpan().SequenceEqual(tensor.Shape))
                mismatched.Add(new MismatchedShape(name, tensor.Shape, parameter.Shape));
            else fitting.Add(new(name, tensor));
        }
        var lacking = parameters.Select(parameter => parameter.Name).Where(missing.ContainsKey);
        return new WeightMatch(fitting, [.. lacking], unexpected, mismatched);
    }

    /// <summary>What did not fit, as a list that ends a sentence: some names of each kind.</summary>
    public string Describe()
    {
        string[] kinds = [Some("lacks", Missing), Some("has in another shape", Mismatched), Some("has in addition", Unexpected)];
        return $"it {string.Join("; ", kinds.Where(kind => kind.Length > 0))}.";

        static string Some<T>(string verb, IReadOnlyList<T> items)
        {
            const int shown = 4;
            if (items.Count == 0) return "";
            var rest = items.Count > shown ? $" and {items.Count - shown} more" : "";
            return $"{verb} {string.Join(", ", items.Take(shown))}{rest}";
        }
    }

    /// <summary>The error of a file that does not fit: its message has some names, its details all, key by key.</summary>
    /// <param name="problem">Start of the message.</param>
    public ArchitectureException ToException(string problem) => new($"{problem}: {Describe()}",
    [
        .. Missing.Select(name => $"missing: {name}"), .. Mismatched.Select(mismatch => $"other shape: {mismatch}"),
        .. Unexpected.Select(name => $"unexpected: {name}"),
    ]);
}

/// <summary>A tensor whose shape differs between a file and the network.</summary>
/// <param name="Name">Its name in the network.</param>
/// <param name="Stored">Its shape in the file.</param>
/// <param name="Expected">Its shape in the network.</param>
public sealed record MismatchedShape(string Name, long[] Stored, long[] Expected)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} ([{string.Join(", ", Stored)}] for [{string.Join(", ", Expected)}])";
}

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
