using System.Text.Json;

namespace Paa.Tests.Data;

/// <summary>Builds a COCO annotation file.</summary>
sealed class CocoBuilder
{
    readonly List<object> _images = [];
    readonly List<object> _annotations = [];
    readonly List<object> _categories = [];

    public CocoBuilder AddCategory(long id, string name)
    {
        _categories.Add(new { id, name });
        return this;
    }

    public CocoBuilder AddImage(long id, string fileName, int width, int height)
    {
        _images.Add(new { id, file_name = fileName, width, height });
        return this;
    }

    /// <summary>Adds an object to an image.</summary>
    /// <param name="image">Its id.</param>
    /// <param name="category">Its id.</param>
    /// <param name="box">X, y, width and height.</param>
    /// <param name="area">Null: the area of the box.</param>
    /// <param name="isCrowd">Whether the box surrounds a crowd.</param>
    /// <param name="id">Its own id; null: objects are numbered from 1.</param>
    public CocoBuilder AddObject(
        long image, long category, double[] box, double? area = null, bool isCrowd = false, long? id = null)
    {
        _annotations.Add(new
        {
            id = id ?? _annotations.Count + 1,
            image_id = image,
            category_id = category,
            bbox = box,
            area = area ?? box[2] * box[3],
            iscrowd = isCrowd ? 1 : 0,
        });
        return this;
    }

    /// <summary>Writes the file.</summary>
    /// <returns>Its path.</returns>
    public string Write(string path)
    {
        using var stream = File.Create(path);
        JsonSerializer.Serialize(stream, new { images = _images, annotations = _annotations, categories = _categories });
        return path;
    }
}
