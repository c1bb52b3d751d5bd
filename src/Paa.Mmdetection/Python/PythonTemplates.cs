using System.Text.RegularExpressions;
using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>What mmcv and mmengine put into a file's text before they read it: <c>{{ fileDirname }}</c>,
/// <c>{{ $NAME:default }}</c> and <c>{{_base_.name}}</c>.</summary>
static partial class PythonTemplates
{
    /// <summary>The text with names of the file and with environment variables put in.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="path">The file; null for a text without one.</param>
    /// <param name="replaced">Gets the place and name of each variable whose default was taken.</param>
    /// <remarks>Variables of this machine's environment are not read: a default is what the file itself says.</remarks>
    public static string Expand(string text, string? path, Action<int, string> replaced)
    {
        if (!text.Contains("{{", StringComparison.Ordinal)) return text;
        if (path is not null)
        {
            var full = Path.GetFullPath(path);
            text = FileVariable().Replace(text, match => match.Groups["name"].Value switch
            {
                "fileDirname" => Path.GetDirectoryName(full) ?? "",
                "fileBasename" => Path.GetFileName(full),
                "fileBasenameNoExtension" => Path.GetFileNameWithoutExtension(full),
                _ => Path.GetExtension(full),
            });
        }
        return EnvironmentVariable().Replace(text, match =>
        {
            replaced(1 + text.AsSpan(0, match.Index).Count('\n'), match.Groups["name"].Value);
            return match.Groups["default"].Value;
        });
    }

    /// <summary>Puts values of the base files into a text; a text that is nothing else becomes the value.</summary>
    public static ConfigNode Insert(string text, ConfigLocation place, Func<IReadOnlyList<string>, ConfigNode> value)
    {
        if (BaseVariable().Match(text) is { Success: true } only && only.Length == text.Length) return value(Names(only));
        ConfigUnknown? unknown = null;
        var whole = BaseVariable().Replace(text, match =>
        {
            var part = value(Names(match));
            if (PythonFormat.Str(part) is { } known) return known;
            unknown ??= part as ConfigUnknown ?? new ConfigUnknown(place,
                $"'{PythonLexer.Shorten(match.Value)}' is no single value");
            return "";
        });
        return unknown is null ? PythonArithmetic.Text(place, whole) : new ConfigUnknown(place, unknown.Reason);

        static string[] Names(Match match) => match.Groups["path"].Value.Split('.');
    }

    [GeneratedRegex(@"\{\{\s*_base_\.(?<path>\w+(\.\w+)*)\s*\}\}")]
    public static partial Regex BaseVariable();

    [GeneratedRegex(@"\{\{\s*(?<name>fileDirname|fileBasename|fileBasenameNoExtension|fileExtname)\s*\}\}")]
    private static partial Regex FileVariable();

    [GeneratedRegex(@"\{\{['""]?\s*\$(?<name>\w+)\s*:\s*(?<default>[^\s'""}]*)\s*['""]?\}\}")]
    private static partial Regex EnvironmentVariable();
}
