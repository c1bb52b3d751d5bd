namespace Paa.Data;

/// <summary>Counts problems by kind and keeps the first examples of each; safe to use from several threads.</summary>
public sealed class FindingCollector
{
    readonly Lock _lock = new();
    readonly SortedDictionary<FindingKind, (int Count, List<string> Examples)> _findings = [];

    /// <summary>Number of problems of all kinds.</summary>
    public int Count
    {
        get { lock (_lock) return _findings.Values.Sum(f => f.Count); }
    }

    /// <summary>Counts one problem.</summary>
    /// <param name="kind">The kind of problem.</param>
    /// <param name="place">Where it is, and with which value.</param>
    public void Add(FindingKind kind, string place) => Add(kind, 1, [place]);

    /// <summary>Counts all problems of another list.</summary>
    /// <param name="findings">What was found elsewhere.</param>
    /// <param name="prefix">Put before each example.</param>
    public void Add(IEnumerable<Finding> findings, string prefix = "")
    {
        foreach (var finding in findings)
            Add(finding.Kind, finding.Count, [.. finding.Examples.Select(example => prefix + example)]);
    }

    /// <summary>What was found so far, in the order of <see cref="FindingKind"/>.</summary>
    public Finding[] ToArray()
    {
        lock (_lock) return [.. _findings.Select(f => new Finding(f.Key, f.Value.Count, [.. f.Value.Examples]))];
    }

    void Add(FindingKind kind, int count, IReadOnlyList<string> examples)
    {
        lock (_lock)
        {
            var (sum, kept) = _findings.TryGetValue(kind, out var found) ? found : (0, []);
            kept.AddRange(examples.Take(Finding.MaxExamples - kept.Count));
            _findings[kind] = (sum + count, kept);
        }
    }
}
