using System.Text.Json;
using Paa.Platform;

namespace Paa.Data.Formats;

/// <summary>Writes annotation files in COCO format: images, categories and boxes.</summary>
public static class CocoWriter
{
    const int FlushBytes = 1 << 16;

    /// <summary>Writes a file atomically: after a crash, the path holds the old file or none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="set">The set to write.</param>
    /// <param name="description">A line for the <c>info</c> of the file; null for no <c>info</c>.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, AnnotationSet set, string? description = null) =>
        AtomicFile.Write(path, stream => Write(stream, set, description));

    /// <summary>Writes a set as JSON.</summary>
    /// <param name="stream">Borrowed.</param>
    /// <param name="set">The set to write.</param>
    /// <param name="description">A line for the <c>info</c> of the file; null for no <c>info</c>.</param>
    public static void Write(Stream stream, AnnotationSet set, string? description = null)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        if (description is not null)
        {
            json.WriteStartObject("info");
            json.WriteString("description", description);
            json.WriteEndObject();
        }
        WriteArray(json, "images", set.Images, image => WriteImage(json, image.Image));
        WriteArray(json, "categories", set.Categories, category => WriteCategory(json, category));
        WriteArray(json, "annotations", set.Images.SelectMany(image => image.Annotations.Select(box => (image.Image.Id, box))),
            entry => WriteAnnotation(json, entry.Id, entry.box, set.Categories[entry.box.Label].Id));
        json.WriteEndObject();
    }

    static void WriteArray<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
            if (json.BytesPending > FlushBytes) json.Flush();
        }
        json.WriteEndArray();
    }

    static void WriteImage(Utf8JsonWriter json, CocoImage image)
    {
        json.WriteNumber("id", image.Id);
        json.WriteString("file_name", image.FileName);
        json.WriteNumber("width", image.Width);
        json.WriteNumber("height", image.Height);
    }

    static void WriteCategory(Utf8JsonWriter json, CocoCategory category)
    {
        json.WriteNumber("id", category.Id);
        json.WriteString("name", category.Name);
    }

    static void WriteAnnotation(Utf8JsonWriter json, long imageId, CocoAnnotation annotation, long categoryId)
    {
        json.WriteNumber("id", annotation.Id);
        json.WriteNumber("image_id", imageId);
        json.WriteNumber("category_id", categoryId);
        json.WriteStartArray("bbox");
        json.WriteNumberValue(annotation.X);
        json.WriteNumberValue(annotation.Y);
        json.WriteNumberValue(annotation.Width);
        json.WriteNumberValue(annotation.Height);
        json.WriteEndArray();
        json.WriteNumber("area", annotation.Area);
        json.WriteNumber("iscrowd", annotation.IsCrowd ? 1 : 0);
        if (annotation.IsIgnored) json.WriteNumber("ignore", 1);
    }
}
