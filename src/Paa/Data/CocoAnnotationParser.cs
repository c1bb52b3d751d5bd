using System.Text.Json;
using Paa.Data.Json;

namespace Paa.Data;

/// <summary>Reads one annotation; a bad one becomes a finding.</summary>
static class CocoAnnotationParser
{
    /// <summary>Stands for a missing id.</summary>
    public const long NoId = -1;

    /// <summary>Reads the array element at the reader's position and adds it to the file's annotations or findings.</summary>
    public static void Read(ref JsonStream json, CocoFile file)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            file.Findings.Add(FindingKind.InvalidAnnotation, $"annotations[{file.AnnotationCount}] is {json.Describe()}");
            json.Skip();
            return;
        }
        long id = NoId, imageId = 0, categoryId = 0;
        var (area, isCrowd, isIgnored, isFinite) = (double.NaN, false, false, true);
        string? idGot = "nothing", imageGot = "nothing", categoryGot = "nothing", boxGot = "bbox is missing", areaGot = null;
        Span<double> box = stackalloc double[4];
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.NameIs("id"u8)) idGot = CocoParser.ReadId(ref json, file, out id);
            else if (json.NameIs("image_id"u8)) imageGot = CocoParser.ReadId(ref json, file, out imageId);
            else if (json.NameIs("category_id"u8)) categoryGot = CocoParser.ReadId(ref json, file, out categoryId);
            else if (json.NameIs("bbox"u8)) boxGot = ReadBox(ref json, box, ref isFinite);
            else if (json.NameIs("area"u8)) areaGot = ReadNumber(ref json, out area, ref isFinite);
            else if (json.NameIs("iscrowd"u8)) isCrowd = ReadFlag(ref json);
            else if (json.NameIs("ignore"u8)) isIgnored = ReadFlag(ref json);
            else json.Skip();
        }

        // Messages identify an annotation by its id, or else by its position.
        var name = idGot is null ? $"annotation {id}" : $"annotations[{file.AnnotationCount}]";
        if (idGot is not null)
        {
            id = NoId;
            file.Findings.Add(FindingKind.AnnotationWithoutId, $"{name}: id is {idGot}");
        }
        if (imageGot is null) name += $" (image {imageId})";
        var (problem, text) = (imageGot, categoryGot) switch
        {
            (not null, _) => (FindingKind.UnknownImage, $"image_id is {imageGot}"),
            (_, not null) => (FindingKind.UnknownCategory, $"category_id is {categoryGot}"),
            _ when boxGot is not null => (FindingKind.InvalidAnnotation, boxGot),
            _ when areaGot is not null => (FindingKind.InvalidAnnotation, $"area is {areaGot}"),
            _ when !isFinite => (FindingKind.NotFinite, "bbox or area is NaN or infinite"),
            _ => default((FindingKind, string?)),
        };
        if (text is not null) file.Findings.Add(problem, $"{name}: {text}");
        else file.Annotations.Add((imageId, categoryId,
            new CocoAnnotation(id, box[0], box[1], box[2], box[3], area, Label: -1, isCrowd, IsUsable: false, isIgnored)));
    }

    static string? ReadBox(ref JsonStream json, scoped Span<double> box, ref bool isFinite)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray) return $"bbox is {CocoParser.DescribeAndSkip(ref json)}";
        string? problem = null;
        var count = 0;
        for (; json.Read() && json.TokenType != JsonTokenType.EndArray; count++)
        {
            if (!json.TryGetDouble(out var value)) problem ??= $"bbox[{count}] is {json.Describe()}";
            json.Skip();
            isFinite &= problem is not null || double.IsFinite(value);
            if (count < box.Length) box[count] = value;
        }
        return problem ?? (count == 4 ? null : $"bbox has {count} numbers, expected 4");
    }

    static string? ReadNumber(ref JsonStream json, out double value, ref bool isFinite)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null) value = double.NaN;       // the same as missing
        else if (!json.TryGetDouble(out value)) return CocoParser.DescribeAndSkip(ref json);
        else isFinite &= double.IsFinite(value);
        return null;
    }

    static bool ReadFlag(ref JsonStream json)
    {
        json.Read();
        if (json.TryGetDouble(out var value)) return value != 0;
        var flag = json.TokenType == JsonTokenType.True;
        json.Skip();
        return flag;
    }
}
