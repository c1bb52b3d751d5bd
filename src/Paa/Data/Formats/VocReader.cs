using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Paa.Data.Formats;

/// <summary>Reads annotations in Pascal VOC format: a folder with one XML file per image.</summary>
/// <remarks>
/// Follows MMDetection's converter (<c>tools/dataset_converters/pascal_voc.py</c>): 1 is subtracted from every coordinate,
/// because VOC counts pixels from 1; the width is xmax - xmin; "difficult" objects become crowds, which neither train nor count.
/// </remarks>
public static class VocReader
{
    const long MaxCharacters = 64 << 20;

    static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = MaxCharacters,
    };

    /// <summary>Reads every <c>.xml</c> file of a folder, sorted by name.</summary>
    /// <param name="folder">The annotations.</param>
    /// <param name="imageFolder">Folder of images, read where an XML file gives no size; null if every file gives it.</param>
    /// <param name="classes">Class names in label order, others are left out; null: all classes, sorted by name.</param>
    /// <exception cref="DataException">A file is malformed; the message names file and line.</exception>
    public static AnnotationSet Read(string folder, string? imageFolder = null, IReadOnlyList<string>? classes = null) =>
        Read(folder, imageFolder, classes, names: null);

    /// <summary>Reads some of the files.</summary>
    /// <param name="folder">The annotations.</param>
    /// <param name="imageFolder">Folder of images, read where an XML file gives no size.</param>
    /// <param name="classes">Class names in label order; null: all classes, sorted by name.</param>
    /// <param name="names">Names of the XML files without their ending; null: all files.</param>
    /// <exception cref="DataException">A file is malformed; the message names file and line.</exception>
    internal static AnnotationSet Read(
        string folder, string? imageFolder, IReadOnlyList<string>? classes, IReadOnlySet<string>? names)
    {
        if (!Directory.Exists(folder)) throw new DataException(folder, "no such folder; expected the one with the XML files.");
        string[] files = [.. Directory.EnumerateFiles(folder, "*.xml")
            .Where(file => names?.Contains(Path.GetFileNameWithoutExtension(file)) ?? true).Order(StringComparer.Ordinal)];
        if (files.Length == 0)
            throw new DataException(folder, names is null ? "no .xml file in it." : "no .xml file of the list of images in it.");
        var images = files.Select(file => ReadFile(file, imageFolder)).ToList();
        classes ??= [.. images.SelectMany(image => image.Boxes.Select(box => box.Name)).Distinct().Order(StringComparer.Ordinal)];
        var labels = classes.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        return AnnotationSet.Number(classes, images.Select(image => (image.File, image.Width, image.Height,
            (IReadOnlyList<ReadBox>)[.. image.Boxes.Where(box => labels.ContainsKey(box.Name))
                .Select(box => box.Box with { Label = labels[box.Name] })])));
    }

    static (string File, int Width, int Height, List<(string Name, ReadBox Box)> Boxes) ReadFile(string file, string? imageFolder)
    {
        var root = Load(file);
        if (root.Name.LocalName != "annotation")
            throw Failure(file, root, $"expected the element <annotation>, got <{root.Name.LocalName}>");
        var name = Text(file, root, "filename");
        var (width, height) = root.Element("size") is { } size
            ? ((int)Number(file, size, "width"), (int)Number(file, size, "height"))
            : (0, 0);
        if (width <= 0 || height <= 0)
        {
            if (imageFolder is null)
                throw Failure(file, root.Element("size") ?? root,
                    "no positive <width> and <height>; give the folder of the images");
            (width, height) = ImageSizes.Read(Path.Combine(imageFolder, name));
        }
        return (name, width, height, [.. root.Elements("object").Select(item => ReadObject(file, item))]);
    }

    static (string, ReadBox) ReadObject(string file, XElement item)
    {
        var box = item.Element("bndbox") ?? throw Failure(file, item, "<object> without <bndbox>");
        var (left, top) = (Number(file, box, "xmin"), Number(file, box, "ymin"));
        var (right, bottom) = (Number(file, box, "xmax"), Number(file, box, "ymax"));
        if (right < left || bottom < top)
            throw Failure(file, box, $"expected xmin <= xmax and ymin <= ymax, got x {left}..{right}, y {top}..{bottom}");
        var isDifficult = item.Element("difficult") is { } flag && flag.Value.Trim() is not ("0" or "");
        return (Text(file, item, "name"), new ReadBox(-1, left - 1, top - 1, right - left, bottom - top, isDifficult));
    }

    static XElement Load(string file)
    {
        try
        {
            using var reader = XmlReader.Create(file, Settings);
            return Load(reader, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(file, $"cannot be read: {e.Message}", e);
        }
    }

    static XElement Load(XmlReader reader, string file)
    {
        try
        {
            return XDocument.Load(reader, LoadOptions.SetLineInfo).Root!;
        }
        catch (XmlException e)
        {
            var line = e.LineNumber > 0 ? $"line {e.LineNumber}: " : "";        // a document type has none
            throw new DataException(file, $"{line}not valid XML: {e.Message.Split(" Line ")[0]}", e);
        }
    }

    static string Text(string file, XElement parent, string name)
    {
        var text = parent.Element(name)?.Value.Trim();
        return text is { Length: > 0 } ? text : throw Failure(file, parent, $"<{parent.Name.LocalName}> without <{name}>");
    }

    static double Number(string file, XElement parent, string name)
    {
        var text = Text(file, parent, name);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value : throw Failure(file, parent.Element(name)!, $"<{name}> must be a number, got '{text}'");
    }

    static DataException Failure(string file, XElement place, string problem) =>
        new(file, $"line {((IXmlLineInfo)place).LineNumber}: {problem}.");
}
