using System.Collections;
using System.Globalization;
using System.Text;
using Paa.Options;

namespace Paa.Configuration;

/// <summary>Writes a configuration as YAML that <see cref="ConfigLoader"/> reads back to the same values.</summary>
public static class ConfigWriter
{
    /// <summary>The whole configuration with its defaults, as a run saves it beside its results.</summary>
    /// <param name="config">The configuration.</param>
    public static string ToYaml(PaaConfig config)
    {
        var yaml = new StringBuilder();
        WriteRecord(yaml, config, 0);
        return yaml.ToString();
    }

    static void WriteRecord(StringBuilder yaml, object record, int indent)
    {
        foreach (var (key, property) in ConfigNames.Keys(record.GetType()))
            WriteEntry(yaml, key, property.GetValue(record), indent);
    }

    static void WriteEntry(StringBuilder yaml, string key, object? value, int indent)
    {
        yaml.Append(' ', indent).Append(key).Append(':');
        if (value is IDictionary { Count: > 0 } records)
        {
            yaml.Append('\n');
            foreach (DictionaryEntry entry in records) WriteEntry(yaml, Text((string)entry.Key), entry.Value, indent + 2);
        }
        else if (value is not null && ConfigNames.IsRecord(value.GetType()))
        {
            yaml.Append('\n');
            WriteRecord(yaml, value, indent + 2);
        }
        else
        {
            yaml.Append(' ').Append(value is IDictionary ? "{}" : Inline(value)).Append('\n');
        }
    }

    static string Inline(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        string text => Text(text),
        Enum name => ConfigNames.EnumName(name),
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
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF')
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }
}
