using System.Globalization;
using System.Text.Json;
using Paa.Data.Json;

namespace Paa.Data;

/// <summary>The content of an annotation file, before ids are resolved.</summary>
/// <param name="path">The file as the user named it.</param>
sealed class CocoFile(string path)
{
    public string Path { get; } = path;

    public List<CocoImage> Images { get; } = [];

    public List<CocoCategory> Categories { get; } = [];

    /// <summary>Annotations with the ids of their images and categories, not yet with labels; a missing area is NaN.</summary>
    public List<(long ImageId, long CategoryId, CocoAnnotation Annotation)> Annotations { get; } = [];

    /// <summary>Images without a positive size, which their files may tell: index into <see cref="Images"/>, and what was
    /// found instead.</summary>
    public List<(int Index, string Got)> WithoutSize { get; } = [];

    /// <summary>Ids that are texts and their numbers; null where an id must be an integer.</summary>
    public CocoTextIds? TextIds { get; init; }

    /// <summary>Ids of images that were left out.</summary>
    public HashSet<long> UnusableImages { get; } = [];

    /// <summary>Annotations found in the file, used or not.</summary>
    public int AnnotationCount { get; set; }

    /// <summary>Problems with single entries.</summary>
    public FindingCollector Findings { get; } = new();
}

/// <summary>
/// Numbers for ids that are texts. An integer in quotes is that integer; other texts get numbers that no tool gives.
/// </summary>
sealed class CocoTextIds
{
    const long First = 1L << 60;

    readonly Dictionary<string, long> _numbers = [];

    /// <summary>Whether an id was a text.</summary>
    public bool AreUsed { get; private set; }

    /// <summary>The number of a text; equal texts have equal numbers.</summary>
    public long NumberOf(string text)
    {
        AreUsed = true;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
        if (!_numbers.TryGetValue(text, out number)) _numbers.Add(text, number = First + _numbers.Count);
        return number;
    }
}

/// <summary>
/// Reads annotation files in COCO format. Keys may come in any order; unknown ones, such as <c>segmentation</c>, are skipped.
/// </summary>
static class CocoParser
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file as the user named it.</param>
    /// <param name="acceptTextIds">Whether ids may be texts; otherwise they are findings.</param>
    /// <exception cref="DataException">
    /// The file does not exist, is not JSON, or lacks images, annotations or categories.
    /// </exception>
    public static CocoFile Parse(string path, bool acceptTextIds = false)
    {
        try
        {
            try
            {
                return Parse(path, acceptTextIds, acceptNonFinite: false);
            }
            catch (JsonException)
            {
                // The cause may be only a bare NaN, which is worth a finding and must not end the reading.
                return Parse(path, acceptTextIds, acceptNonFinite: true);
            }
        }
        catch (JsonException e)
        {
            throw new DataException(path, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: not valid JSON: "
                + $"{e.Message.Split(" LineNumber:")[0]} Is the file whole, and an annotation file in COCO format?", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(path, e is FileNotFoundException or DirectoryNotFoundException
                ? "no such annotation file; check ann_file." : $"cannot be read: {e.Message}", e);
        }
    }

    static CocoFile Parse(string path, bool acceptTextIds, bool acceptNonFinite)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        using var filter = acceptNonFinite ? new NonFiniteFilter(stream) : null;
        var json = new JsonStream(filter ?? (Stream)stream);
        var file = new CocoFile(path) { TextIds = acceptTextIds ? new CocoTextIds() : null };
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            throw new DataException(path, $"expected an object with images, annotations and categories, got {json.Describe()}.");
        bool images = false, annotations = false, categories = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.NameIs("images"u8)) images = ReadImages(ref json, file);
            else if (json.NameIs("annotations"u8)) annotations = ReadAnnotations(ref json, file);
            else if (json.NameIs("categories"u8)) categories = ReadCategories(ref json, file);
            else json.Skip();
        }
        while (json.Read()) { }         // only white space may follow
        string?[] missing = [images ? null : "images", annotations ? null : "annotations", categories ? null : "categories"];
        if (!(images && annotations && categories))
            throw new DataException(path, $"no {string.Join(" and no ", missing.OfType<string>())} at the top level; "
                + "expected an annotation file in COCO format.");
        return file;
    }

    static bool ReadImages(ref JsonStream json, CocoFile file)
    {
        BeginArray(ref json, file, "images");
        for (var index = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; index++)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                file.Findings.Add(FindingKind.ImageWithoutId, $"images[{index}] is {json.Describe()}");
                json.Skip();
                continue;
            }
            long id = 0, width = 0, height = 0;
            string? name = null, idGot = "nothing", nameGot = "nothing", widthGot = "nothing", heightGot = "nothing";
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.NameIs("id"u8)) idGot = ReadId(ref json, file, out id);
                else if (json.NameIs("width"u8)) widthGot = ReadInteger(ref json, out width);
                else if (json.NameIs("height"u8)) heightGot = ReadInteger(ref json, out height);
                else if (json.NameIs("file_name"u8)) nameGot = ReadString(ref json, out name);
                else json.Skip();
            }
            if (idGot is not null)
            {
                file.Findings.Add(FindingKind.ImageWithoutId, $"images[{index}]: id is {idGot}");
                continue;
            }
            if (nameGot is not null || name!.Length == 0)
            {
                file.Findings.Add(FindingKind.ImageWithoutFileName, $"image {id}: file_name is {nameGot ?? "empty"}");
                file.UnusableImages.Add(id);
                continue;
            }
            if (width is <= 0 or > int.MaxValue || height is <= 0 or > int.MaxValue)
            {
                file.WithoutSize.Add((file.Images.Count,
                    $"image {id} ({name}): width is {widthGot ?? $"{width}"}, height is {heightGot ?? $"{height}"}"));
                (width, height) = (0, 0);
            }
            file.Images.Add(new CocoImage(id, name, (int)width, (int)height, Source: 0));
        }
        return true;
    }

    static bool ReadCategories(ref JsonStream json, CocoFile file)
    {
        BeginArray(ref json, file, "categories");
        for (var index = 0; json.Read() && json.TokenType != JsonTokenType.EndArray; index++)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                file.Findings.Add(FindingKind.InvalidCategory, $"categories[{index}] is {json.Describe()}");
                json.Skip();
                continue;
            }
            long id = 0;
            string? name = null, parent = null, idGot = "nothing", nameGot = "nothing";
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.NameIs("id"u8)) idGot = ReadId(ref json, file, out id);
                else if (json.NameIs("name"u8)) nameGot = ReadString(ref json, out name);
                else if (json.NameIs("supercategory"u8)) ReadString(ref json, out parent);
                else json.Skip();
            }
            if (idGot is null && nameGot is null) file.Categories.Add(new CocoCategory(id, name!) { Supercategory = parent });
            else file.Findings.Add(FindingKind.InvalidCategory,
                $"categories[{index}]: id is {idGot ?? $"{id}"}, name is {nameGot ?? $"\"{name}\""}");
        }
        return true;
    }

    static bool ReadAnnotations(ref JsonStream json, CocoFile file)
    {
        BeginArray(ref json, file, "annotations");
        for (; json.Read() && json.TokenType != JsonTokenType.EndArray; file.AnnotationCount++)
            CocoAnnotationParser.Read(ref json, file);
        return true;
    }

    static void BeginArray(ref JsonStream json, CocoFile file, string name)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
            throw new DataException(file.Path, $"{name} must be an array, got {json.Describe()}.");
    }

    /// <summary>Reads an integer property; returns null, or a description of the value if it is not an integer.</summary>
    internal static string? ReadInteger(ref JsonStream json, out long value)
    {
        json.Read();
        return json.TryGetInteger(out value) ? null : DescribeAndSkip(ref json);
    }

    /// <summary>Reads an id, which may be a text if the file's may; returns null, or a description of the value.</summary>
    internal static string? ReadId(ref JsonStream json, CocoFile file, out long value)
    {
        json.Read();
        if (json.TryGetInteger(out value)) return null;
        if (file.TextIds is not { } texts || json.GetString() is not { Length: > 0 } text) return DescribeAndSkip(ref json);
        value = texts.NumberOf(text);
        return null;
    }

    /// <summary>Reads a string property; returns null, or a description of the value if it is not a string.</summary>
    internal static string? ReadString(ref JsonStream json, out string? value)
    {
        json.Read();
        value = json.GetString();
        return value is not null ? null : DescribeAndSkip(ref json);
    }

    /// <summary>Describes the current value in words and skips to its end.</summary>
    internal static string DescribeAndSkip(ref JsonStream json)
    {
        var got = json.Describe();
        json.Skip();
        return got;
    }
}
