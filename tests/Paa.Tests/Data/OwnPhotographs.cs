using System.Globalization;
using System.Text.Json.Nodes;
using Paa.Imaging;

namespace Paa.Tests.Data;

/// <summary>Pictures with boxes of cats and dogs, written as tools leave them; gone after the test.</summary>
sealed class OwnPhotographs : IDisposable
{
    readonly TemporaryFolder _folder = new();

    /// <summary>Pictures of 96 x 64. Each has a cat, every third a dog as well.</summary>
    public OwnPhotographs(int count = 10) => Count = count;

    public int Count { get; }

    public string this[string name] => _folder[name];

    /// <summary>Writes the pictures into a folder and returns its path.</summary>
    public string Pictures(string folder, int first = 0, int? count = null)
    {
        Directory.CreateDirectory(_folder[folder]);
        for (var i = first; i < first + (count ?? Count); i++)
        {
            using var image = new Image(64, 96, new Color((byte)(i * 16), 90, 60));
            foreach (var (dog, x, y, width, height) in Boxes(i))
                image.FillRectangle(x, y, width, height, dog ? new Color(255, 255, 0) : new Color(0, 0, 255));
            image.Save(Path.Combine(_folder[folder], Name(i)));
        }
        return _folder[folder];
    }

    /// <summary>Writes a COCO file and returns its path.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="change">Changes its content; null to leave it.</param>
    /// <param name="first">The first picture.</param>
    /// <param name="count">Number of pictures; null for all.</param>
    public string Coco(string file, Action<JsonObject>? change = null, int first = 0, int? count = null)
    {
        var (images, annotations) = (new JsonArray(), new JsonArray());
        for (var i = first; i < first + (count ?? Count); i++)
        {
            images.Add(new JsonObject { ["id"] = i, ["file_name"] = Name(i), ["width"] = 96, ["height"] = 64 });
            foreach (var (dog, x, y, width, height) in Boxes(i))
                annotations.Add(new JsonObject
                {
                    ["id"] = annotations.Count + 1,
                    ["image_id"] = i,
                    ["category_id"] = dog ? 2 : 1,
                    ["bbox"] = new JsonArray(x, y, width, height),
                    ["area"] = width * height,
                    ["iscrowd"] = 0,
                });
        }
        var content = new JsonObject
        {
            ["images"] = images,
            ["annotations"] = annotations,
            ["categories"] = new JsonArray(Category(1, "cat"), Category(2, "dog")),
        };
        change?.Invoke(content);
        return _folder.Write(file, content.ToJsonString());
    }

    /// <summary>An entry of <c>categories</c>.</summary>
    public static JsonObject Category(int id, string name, string parent = "none") =>
        new() { ["id"] = id, ["name"] = name, ["supercategory"] = parent };

    /// <summary>Writes VOC's XML files into a folder and returns its path.</summary>
    public string Voc(string folder, int first = 0, int? count = null)
    {
        for (var i = first; i < first + (count ?? Count); i++)
            _folder.Write($"{folder}/{Path.GetFileNameWithoutExtension(Name(i))}.xml", $"""
                <annotation><filename>{Name(i)}</filename><size><width>96</width><height>64</height></size>
                {string.Concat(Boxes(i).Select(box => $"""
                    <object><name>{(box.Dog ? "dog" : "cat")}</name><bndbox><xmin>{box.X + 1}</xmin><ymin>{box.Y + 1}</ymin>
                    <xmax>{box.X + 1 + box.Width}</xmax><ymax>{box.Y + 1 + box.Height}</ymax></bndbox></object>
                    """))}
                </annotation>
                """);
        return _folder[folder];
    }

    /// <summary>Writes YOLO's label files into a folder.</summary>
    public void YoloLabels(string folder, int first = 0, int? count = null)
    {
        for (var i = first; i < first + (count ?? Count); i++)
            _folder.Write($"{folder}/{Path.GetFileNameWithoutExtension(Name(i))}.txt", string.Concat(Boxes(i).Select(box =>
                string.Create(CultureInfo.InvariantCulture, $"{(box.Dog ? 1 : 0)} {(box.X + box.Width / 2.0) / 96} ")
                + string.Create(CultureInfo.InvariantCulture,
                    $"{(box.Y + box.Height / 2.0) / 64} {box.Width / 96.0} {box.Height / 64.0}\n"))));
    }

    public string Write(string name, string text) => _folder.Write(name, text);

    public static string Name(int picture) => $"photo {picture:00}.png";

    /// <summary>The boxes of a picture.</summary>
    public static IReadOnlyList<(bool Dog, int X, int Y, int Width, int Height)> Boxes(int picture)
    {
        var cat = (false, 4 + picture % 7, 6, 30, 36);
        return picture % 3 == 0 ? [cat, (true, 50, 20 + picture % 5, 40, 24)] : [cat];
    }

    public void Dispose() => _folder.Dispose();
}
