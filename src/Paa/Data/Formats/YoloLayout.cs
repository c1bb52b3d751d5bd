using System.Globalization;
using Paa.Configuration;

namespace Paa.Data.Formats;

/// <summary>The description of a YOLO data set: <c>data.yaml</c> with path, train, val, test and names.</summary>
/// <param name="Root">The folder that the splits are relative to.</param>
/// <param name="Names">Class names in label order.</param>
/// <param name="Splits">Folders or lists of images of each split.</param>
sealed record YoloLayout(string Root, IReadOnlyList<string> Names, IReadOnlyDictionary<string, IReadOnlyList<string>> Splits)
{
    static readonly string[] SplitNames = ["train", "val", "test"];

    /// <summary>Reads the description.</summary>
    /// <exception cref="DataException">It is missing, not YAML, or lacks names.</exception>
    public static YoloLayout Read(string file)
    {
        var map = Parse(file);
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var root = map.Entries.TryGetValue("path", out var path) ? Path.Combine(folder, Text(path.Value)) : folder;
        if (!map.Entries.TryGetValue("names", out var names))
            throw new DataException(file, "no 'names'; expected the class names, a list or a mapping from 0 on.");
        var splits = SplitNames.Where(map.Entries.ContainsKey).ToDictionary(
            split => split, split => (IReadOnlyList<string>)[.. Texts(map.Entries[split].Value)]);
        return new YoloLayout(root, ReadNames(file, names.Value), splits);
    }

    static ConfigMapping Parse(string file)
    {
        try
        {
            return YamlTreeReader.ReadRoot(new StringReader(File.ReadAllText(file)), file);
        }
        catch (ConfigException e)
        {
            throw new DataException(file, e.Message[(e.Location.ToString().Length + 2)..], e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(file, e is FileNotFoundException or DirectoryNotFoundException
                ? "no such file; expected the data.yaml of a YOLO data set." : $"cannot be read: {e.Message}", e);
        }
    }

    static List<string> ReadNames(string file, ConfigNode node)
    {
        if (node is not ConfigMapping map) return [.. Texts(node)];
        var names = new List<string>();
        for (var label = 0; label < map.Entries.Count; label++)
            names.Add(map.Entries.TryGetValue(label.ToString(CultureInfo.InvariantCulture), out var entry)
                ? Text(entry.Value)
                : throw new DataException(file, $"{node.Location}: names must count from 0 without a gap, there is no {label}."));
        return names;
    }

    static IEnumerable<string> Texts(ConfigNode node) => node is ConfigList list ? list.Items.Select(Text) : [Text(node)];

    static string Text(ConfigNode node) => node is ConfigScalar { Text: { } text }
        ? text
        : throw new DataException(node.Location.Source, $"line {node.Location.Line}: expected text, got {node.Description}.");
}
