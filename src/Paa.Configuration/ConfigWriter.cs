using System.Collections;
using System.Globalization;
using System.Text;
using Paa.Options;

namespace Paa.Configuration;

/// <summary>Writes a configuration as YAML that <see cref="ConfigLoader"/> reads back to the same values.</summary>
public static class ConfigWriter
{
    const int CommentColumn = 48;

    /// <summary>The whole configuration with its defaults, as a run saves it beside its results.</summary>
    /// <param name="config">The configuration.</param>
    public static string ToYaml(PaaConfig config) => ToYaml(config, _ => true, _ => null);

    /// <summary>A part of a configuration, with comments.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="includes">Whether a key from the root, such as <c>optimizer.lr</c>, is written.</param>
    /// <param name="comment">What stands in one line behind its value; null for nothing.</param>
    public static string ToYaml(PaaConfig config, Func<string, bool> includes, Func<string, string?> comment)
    {
        var yaml = new StringBuilder();
        string[] open = [];                                 // the keys above the last line
        foreach (var (keys, value) in Lines(config, []))
        {
            var path = string.Join('.', keys);
            if (!includes(path)) continue;
            var shared = open.Zip(keys[..^1]).TakeWhile(pair => pair.First == pair.Second).Count();
            for (var depth = shared; depth < keys.Length - 1; depth++)
                yaml.Append(' ', 2 * depth).Append(Text(keys[depth])).Append(":\n");
            open = keys[..^1];
            var line = $"{new string(' ', 2 * open.Length)}{Text(keys[^1])}: {value}";
            yaml.Append(comment(path) is { } text ? $"{line.PadRight(CommentColumn)}  # {OneLine(text)}" : line).Append('\n');
        }
        return yaml.ToString();
    }

    /// <summary>The values as YAML by their keys from the root, in order; a record that is absent has the value null.</summary>
    internal static OrderedDictionary<string, string> Values(PaaConfig config)
    {
        var values = new OrderedDictionary<string, string>();
        foreach (var (keys, value) in Lines(config, [])) values.TryAdd(string.Join('.', keys), value);
        return values;
    }

    /// <summary>Values with the keys that lead to them; a key of a dictionary may contain dots.</summary>
    static IEnumerable<(string[] Keys, string Value)> Lines(object? value, string[] keys) => value switch
    {
        IDictionary { Count: > 0 } records => records.Keys.Cast<string>()
            .SelectMany(key => Lines(records[key], [.. keys, key])),
        IDictionary => [(keys, "{}")],
        not null when ConfigNames.IsRecord(value.GetType()) => ConfigNames.Keys(value.GetType())
            .SelectMany(entry => Lines(entry.Value.GetValue(value), [.. keys, entry.Key])),
        _ => [(keys, Inline(value))],
    };

    static string OneLine(string text) => string.Concat(text.Select(letter => IsSpecial(letter) ? '?' : letter));

    static bool IsSpecial(char letter) => char.IsControl(letter) || letter is '\u2028' or '\u2029' or '\uFEFF';

    static string Inline(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        string text => Text(text),
        Enum name => ConfigNames.EnumName(name),
        TimeSpan time => DurationText.Of(time),
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Inline))}]",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"Options of type {value.GetType()} cannot be written as YAML."),
    };

    /// <summary>Unquoted if it is plainly a word or a path; otherwise in double quotes with escapes.</summary>
    static string Text(string text)
    {
        var isPlain = text.Length > 0 && char.IsAsciiLetter(text[0])
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/')
            && text.ToLowerInvariant() is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n");
        if (isPlain) return text;

        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (IsSpecial(c))
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }
}
