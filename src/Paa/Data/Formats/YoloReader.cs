using System.Globalization;
using Paa.Configuration;

namespace Paa.Data.Formats;

/// <summary>Reads a split of a YOLO data set: one text file per image, one line per box.</summary>
/// <remarks>
/// A line is "class x y width height": the centre and size as fractions of the image. As in Ultralytics' tools, the labels of
/// <c>.../images/a.jpg</c> are in <c>.../labels/a.txt</c>; an image without a label file has no objects.
/// </remarks>
public static class YoloReader
{
    const int Fields = 5;
    const double Slack = 1e-3;          // tolerance for coordinates rounded to beyond the image

    /// <summary>Endings of image files.</summary>
    internal static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"];

    /// <summary>Reads the images and boxes of a split.</summary>
    /// <param name="file">The <c>data.yaml</c>.</param>
    /// <param name="split">"train", "val" or "test".</param>
    /// <returns>The set, and the folder that its file names are relative to.</returns>
    /// <exception cref="DataException">Something is missing or malformed; the message names file and line.</exception>
    public static (AnnotationSet Set, string Root) Read(string file, string split)
    {
        var layout = YoloLayout.Read(file);
        if (!layout.Splits.TryGetValue(split, out var sources))
            throw new DataException(file, $"no split '{split}'; it has {string.Join(", ", layout.Splits.Keys)}.");
        string[] images = [.. sources.SelectMany(source => ImagesOf(layout.Root, source))
            .Distinct().Order(StringComparer.Ordinal)];
        if (images.Length == 0) throw new DataException(file, $"the split '{split}' has no image.");
        return (AnnotationSet.Number(layout.Names, images.Select(image => ReadImage(layout, image))), layout.Root);
    }

    /// <summary>Full paths of the images in a folder and its subfolders, or in a list of images.</summary>
    static IEnumerable<string> ImagesOf(string root, string source)
    {
        var path = Locate(root, source);
        if (Directory.Exists(path))
            return Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                .Where(file => Extensions.Contains(Path.GetExtension(file).ToLowerInvariant()));
        if (!File.Exists(path)) throw new DataException(path, "no such folder or list of images.");
        return File.ReadLines(path).Where(line => line.Trim().Length > 0)
            .Select(line => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, line.Trim())));
    }

    /// <summary>A source of a split. Roboflow writes <c>../train/images</c> for <c>train/images</c>.</summary>
    static string Locate(string root, string source)
    {
        const string Up = "../";
        var path = Path.GetFullPath(Path.Combine(root, source));
        if (Path.Exists(path) || !source.StartsWith(Up, StringComparison.Ordinal)) return path;
        var below = Path.GetFullPath(Path.Combine(root, source[Up.Length..]));
        return Path.Exists(below) ? below : path;
    }

    static (string File, int Width, int Height, IReadOnlyList<ReadBox> Boxes) ReadImage(YoloLayout layout, string image)
    {
        var (width, height) = ImageSizes.Read(image);
        var labels = LabelFile(image);
        return (Path.GetRelativePath(layout.Root, image), width, height,
            File.Exists(labels) ? ReadLabels(labels, layout.Names.Count, width, height) : []);
    }

    /// <summary>The label file of an image: the last folder "images" becomes "labels".</summary>
    internal static string LabelFile(string image)
    {
        const string From = "/images/", To = "/labels/";
        var path = image.Replace(Path.DirectorySeparatorChar, '/');
        var at = path.LastIndexOf(From, StringComparison.Ordinal);
        return Path.ChangeExtension(at < 0 ? path : path[..at] + To + path[(at + From.Length)..], ".txt");
    }

    static List<ReadBox> ReadLabels(string file, int classCount, int width, int height)
    {
        var boxes = new List<ReadBox>();
        foreach (var (number, line) in File.ReadLines(file).Index())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                boxes.Add(ReadLine(line, classCount, width, height));
            }
            catch (FormatException e)
            {
                throw new DataException(file, $"line {number + 1}: {e.Message}", e);
            }
        }
        return boxes;
    }

    static ReadBox ReadLine(string line, int classCount, int width, int height)
    {
        var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != Fields)
            throw new FormatException(
                $"expected 5 numbers (class, x, y, width, height), got {fields.Length}; polygons are not supported.");
        if (!int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var label) || label >= classCount)
            throw new FormatException($"expected a class from 0 to {classCount - 1}, got '{fields[0]}'.");
        Span<double> shares = stackalloc double[Fields - 1];
        for (var i = 0; i < shares.Length; i++)
            if (!double.TryParse(fields[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out shares[i])
                || !(shares[i] >= -Slack && shares[i] <= 1 + Slack))
                throw new FormatException($"expected shares of the image from 0 to 1, got '{fields[i + 1]}'.");
        var (boxWidth, boxHeight) = (shares[2] * width, shares[3] * height);
        return new ReadBox(label, shares[0] * width - boxWidth / 2, shares[1] * height - boxHeight / 2, boxWidth, boxHeight);
    }
}

/// <summary>The description of a YOLO data set: a <c>data.yaml</c> with path, train, val, test and names.</summary>
/// <param name="Root">The folder that the splits are relative to.</param>
/// <param name="Names">Class names in label order.</param>
/// <param name="Splits">Folders or image lists of each split.</param>
sealed record YoloLayout(string Root, IReadOnlyList<string> Names, IReadOnlyDictionary<string, IReadOnlyList<string>> Splits)
{
    static readonly string[] SplitNames = ["train", "val", "test"];

    /// <summary>Reads the description.</summary>
    /// <exception cref="DataException">The file is missing, is not YAML, or lacks names.</exception>
    public static YoloLayout Read(string file)
    {
        var map = Parse(file);
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var root = map.Entries.TryGetValue("path", out var path) ? Path.Combine(folder, Text(path.Value)) : folder;
        if (!Directory.Exists(root)) root = folder;             // a path of another machine; the splits lie beside the file
        if (!map.Entries.TryGetValue("names", out var names))
            throw new DataException(file, "no 'names'; expected the class names, a list or a mapping from 0 on.");
        var splits = SplitNames.Where(split => map.Entries.TryGetValue(split, out var entry) && !IsEmpty(entry.Value))
            .ToDictionary(split => split, split => (IReadOnlyList<string>)[.. Texts(map.Entries[split].Value)]);
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

    static bool IsEmpty(ConfigNode node) => node is ConfigScalar { Text: null } or ConfigList { Items.Count: 0 };

    static IEnumerable<string> Texts(ConfigNode node) => node is ConfigList list ? list.Items.Select(Text) : [Text(node)];

    static string Text(ConfigNode node) => node is ConfigScalar { Text: { } text }
        ? text
        : throw new DataException(node.Location.Source, $"line {node.Location.Line}: expected text, got {node.Description}.");
}
