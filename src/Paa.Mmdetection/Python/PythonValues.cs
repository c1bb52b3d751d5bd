using System.Globalization;
using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>A single Python value. Arithmetic needs its type, the binder only its text.</summary>
/// <param name="location">Where it was written.</param>
/// <param name="value">Null for None, or a bool, long, double or string.</param>
sealed class PythonScalar(ConfigLocation location, object? value) : ConfigScalar(location, TextOf(value))
{
    public object? Value => value;

    static string? TextOf(object? value) => value switch
    {
        null => null,
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        var text => (string)text,
    };
}

/// <summary>A value that cannot be known, since Python is not run.</summary>
/// <param name="location">Where it stands.</param>
/// <param name="reason">Why, as a part of a sentence: "the call f(...) is not run".</param>
/// <param name="name">The dotted name of what it refers to, if it is something imported: <c>os.path</c>; otherwise null.</param>
sealed class ConfigUnknown(ConfigLocation location, string reason, string? name = null) : ConfigNode(location)
{
    public string Reason => reason;

    /// <summary>A class or module by its dotted name; null for anything else.</summary>
    public string? Name => name;

    public override string Description => $"a value that cannot be known ({reason})";

    /// <summary>The first value among these, or in them, that cannot be known; null if there is none.</summary>
    public static ConfigUnknown? In(params ReadOnlySpan<ConfigNode> nodes)
    {
        var seen = new HashSet<ConfigNode>(ReferenceEqualityComparer.Instance);         // what is shared is looked at once
        foreach (var node in nodes)
            if (Find(node, seen) is { } unknown) return unknown;
        return null;
    }

    static ConfigUnknown? Find(ConfigNode node, HashSet<ConfigNode> seen) => node switch
    {
        ConfigUnknown unknown => unknown,
        ConfigList list when seen.Add(list) =>
            list.Items.Select(item => Find(item, seen)).FirstOrDefault(found => found is not null),
        ConfigMapping dict when seen.Add(dict) =>
            dict.Entries.Values.Select(entry => Find(entry.Value, seen)).FirstOrDefault(found => found is not null),
        _ => null,
    };
}

/// <summary>Bounds the work that a file with its base files may ask for.</summary>
sealed class PythonWork
{
    const int MaxSteps = 500_000;

    const int LettersPerStep = 16;

    int _steps;

    /// <summary>Steps that it takes to make a value.</summary>
    public static int Size(ConfigNode value) => 1 + value switch
    {
        ConfigList list => list.Items.Count,
        ConfigMapping dict => dict.Entries.Count,
        ConfigScalar { Text: { } text } => text.Length / LettersPerStep,
        _ => 0,
    };

    /// <summary>Counts steps, each about as long as reading a word.</summary>
    /// <exception cref="ConfigException">It is more than any configuration needs.</exception>
    public void Spend(int steps, ConfigLocation place)
    {
        if ((_steps += steps) > MaxSteps) throw new ConfigException(place, "this takes more work than a configuration may");
    }
}
