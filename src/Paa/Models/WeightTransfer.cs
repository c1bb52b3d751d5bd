using Paa.Checkpoints;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>Carries weights between a network and a <c>state_dict</c>, by name.</summary>
/// <param name="CopiedCount">Tensors that fit, and whose values the network now has.</param>
/// <param name="Missing">Names of the network that the state dict lacks; they keep their values.</param>
/// <param name="Unexpected">Names of the state dict that the network lacks.</param>
/// <param name="Mismatched">Names that both have with different shapes, each with both shapes; they keep their values.</param>
public sealed record WeightTransfer(
    int CopiedCount, IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<MismatchedShape> Mismatched)
{
    /// <summary>Whether the network now holds exactly what the state dict says.</summary>
    public bool IsComplete => Missing.Count == 0 && Unexpected.Count == 0 && Mismatched.Count == 0;

    /// <summary>Copies every tensor whose name and shape fit; a network that was not computed with yet holds on to them instead.</summary>
    /// <param name="stateDict">Tensors by name. Its elements must not change afterwards.</param>
    /// <param name="network">Where to.</param>
    /// <param name="rename">From a name of the state dict to that of the network, or null to leave a tensor out.</param>
    public static WeightTransfer Copy(StateDict stateDict, ParameterStore network, Func<string, string?>? rename = null)
    {
        var copied = new HashSet<string>();
        var unexpected = new List<string>();
        var mismatched = new List<MismatchedShape>();
        foreach (var (stored, tensor) in stateDict)
        {
            if ((rename is null ? stored : rename(stored)) is not { } name) continue;
            if (!network.TryFind(name, out var entry)) unexpected.Add(stored);
            else if (!entry.Tensor.Shape.AsSpan().SequenceEqual(tensor.Shape))
                mismatched.Add(new MismatchedShape(name, tensor.Shape, entry.Tensor.Shape));
            else
            {
                tensor.CopyTo(entry.Tensor);
                copied.Add(name);
            }
        }
        var missing = network.Entries.Select(entry => entry.Name).Where(name => !copied.Contains(name))
            .Except(mismatched.Select(mismatch => mismatch.Name));
        return new WeightTransfer(copied.Count, [.. missing], unexpected, mismatched);
    }

    /// <summary>The weights and buffers of a network, copied to the host, in the order of its <c>state_dict</c>.</summary>
    /// <param name="network">Where from.</param>
    public static StateDict StateDict(ParameterStore network)
    {
        var stateDict = new StateDict();
        foreach (var entry in network.Entries) stateDict.Add(entry.Name, entry.Tensor.ToStored());
        return stateDict;
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
