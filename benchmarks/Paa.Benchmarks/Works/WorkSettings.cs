using System.Globalization;

namespace Paa.Benchmarks.Works;

/// <summary>Arguments of the form <c>name=value</c>; the Python peers take the same.</summary>
sealed class WorkSettings
{
    readonly Dictionary<string, string> _values;
    readonly HashSet<string> _known = ["rounds", "paced"];

    WorkSettings(Dictionary<string, string> values) => _values = values;

    /// <summary>Reads arguments.</summary>
    /// <exception cref="UsageException">One has no <c>=</c>.</exception>
    public static WorkSettings Parse(IEnumerable<string> arguments)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var argument in arguments)
        {
            var end = argument.IndexOf('=', StringComparison.Ordinal);
            if (end <= 0) throw new UsageException($"expected name=value, got '{argument}'.");
            values[argument[..end]] = argument[(end + 1)..];
        }
        return new WorkSettings(values);
    }

    /// <summary>A number, or the default where it is not given.</summary>
    /// <exception cref="UsageException">The value is no whole number.</exception>
    public int Int(string name, int otherwise)
    {
        _known.Add(name);
        if (!_values.TryGetValue(name, out var text)) return otherwise;
        return int.TryParse(text, CultureInfo.InvariantCulture, out var value)
            ? value : throw new UsageException($"{name}: expected a whole number, got '{text}'.");
    }

    /// <summary>Whether a switch is 1.</summary>
    public bool IsOn(string name) => Int(name, 0) != 0;

    /// <summary>Text, or "" without any.</summary>
    public string Text(string name)
    {
        _known.Add(name);
        return _values.GetValueOrDefault(name, "");
    }

    /// <summary>Refuses names that nothing asked for.</summary>
    /// <exception cref="UsageException">There is one.</exception>
    public void ThrowIfUnknown()
    {
        if (_values.Keys.FirstOrDefault(name => !_known.Contains(name)) is { } name)
            throw new UsageException($"unknown setting '{name}'; known here: {string.Join(", ", _known.Order())}.");
    }
}

/// <summary>Arguments that make no sense.</summary>
sealed class UsageException(string message) : Exception(message);
