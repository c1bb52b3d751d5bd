using System.Globalization;
using System.Text.Json;
using Paa.Platform;

namespace Paa.Data.Synth;

/// <summary>Writes a data set of textured shapes in COCO format: something to learn from within minutes.</summary>
/// <remarks>
/// Boxes and areas are those of the visible pixels, as in COCO. Ids begin at 1 in each file. Each image has a generator of
/// its own, so the files do not depend on the number of threads.
/// </remarks>
public static class SynthDataset
{
    /// <summary>Writes <c>images/*.jpg</c>, <c>train.json</c>, <c>val.json</c> and <c>test.json</c>.</summary>
    /// <param name="folder">Made if it does not exist; files of the same names are replaced.</param>
    /// <param name="options">What to make.</param>
    /// <param name="progress">Told the number of images finished; null for none.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <returns>Numbers of what was written.</returns>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    /// <exception cref="Imaging.ImageException">An image cannot be written.</exception>
    /// <exception cref="IOException">An annotation file or a folder cannot be written.</exception>
    public static SynthSummary Write(
        string folder, SynthOptions options, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        (string Name, int Count)[] splits =
            [("train", options.TrainImages), ("val", options.ValImages), ("test", options.TestImages)];
        var (summary, done) = (new SynthSummary(), 0);
        for (var split = 0; split < splits.Length; split++)
        {
            var (name, count) = splits[split];
            if (count == 0) continue;
            var objects = new SynthObject[count][];
            var index = split;
            Run(count, cancellation, i =>
            {
                using var canvas = new SynthCanvas(options.Height, options.Width);
                objects[i] = new SynthScene(options, SynthRandom.For(options.Seed, index, i)).Draw(canvas);
                canvas.Image.Save(Path.Combine(folder, "images", FileName(name, i)), options.JpegQuality);
                progress?.Report(Interlocked.Increment(ref done));
            });
            AtomicFile.Write(Path.Combine(folder, name + ".json"), stream => WriteAnnotations(stream, name, options, objects));
            summary += SynthSummary.Of(objects);
        }
        return summary;
    }

    /// <summary>Runs in parallel; the first exception comes out as it is.</summary>
    static void Run(int count, CancellationToken cancellation, Action<int> body)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation }, body);
        }
        catch (AggregateException e) when (e.InnerException is { } first)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }
    }

    static string FileName(string split, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{split}_{index + 1:00000}.jpg");

    static void WriteAnnotations(Stream stream, string split, SynthOptions options, SynthObject[][] objects)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteStartObject("info");
        json.WriteString("description", $"Paa synthetic shapes, seed {options.Seed}, split {split}");
        json.WriteEndObject();

        json.WriteStartArray("categories");
        for (var i = 0; i < options.Shapes.Length; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("id", i + 1);
            json.WriteString("name", options.Shapes[i].ToString().ToLowerInvariant());
            json.WriteString("supercategory", "shape");
            json.WriteEndObject();
        }
        json.WriteEndArray();

        json.WriteStartArray("images");
        for (var i = 0; i < objects.Length; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("id", i + 1);
            json.WriteString("file_name", FileName(split, i));
            json.WriteNumber("height", options.Height);
            json.WriteNumber("width", options.Width);
            json.WriteEndObject();
        }
        json.WriteEndArray();

        var id = 0;
        json.WriteStartArray("annotations");
        for (var i = 0; i < objects.Length; i++)
            foreach (var item in objects[i]) WriteAnnotation(json, ++id, i + 1, item);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteAnnotation(Utf8JsonWriter json, int id, int imageId, SynthObject item)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteNumber("image_id", imageId);
        json.WriteNumber("category_id", item.Category + 1);
        json.WriteStartArray("bbox");
        json.WriteNumberValue(item.Left);
        json.WriteNumberValue(item.Top);
        json.WriteNumberValue(item.Width);
        json.WriteNumberValue(item.Height);
        json.WriteEndArray();
        json.WriteNumber("area", item.Area);
        json.WriteNumber("iscrowd", item.IsCrowd ? 1 : 0);
        json.WriteEndObject();
    }
}
