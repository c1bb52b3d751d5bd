using System.Globalization;
using Paa.Data.Formats;

namespace Paa.Data.Synth;

/// <summary>Writes a data set of textured shapes in COCO format that a detector learns within minutes.</summary>
/// <remarks>
/// Boxes and areas are those of the visible pixels, as in COCO. Ids begin at 1 in each file. Each image has its own generator, so
/// the files do not depend on the number of threads.
/// </remarks>
public static class SynthDataset
{
    const string Mark = "Paa synthetic shapes";

    static readonly string[] Splits = ["train", "val", "test"];

    /// <summary>Writes <c>images/*.jpg</c>, <c>train.json</c>, <c>val.json</c> and <c>test.json</c>.</summary>
    /// <param name="folder">Created if it does not exist; files of the same names are replaced.</param>
    /// <param name="options">Number, size and content of the images.</param>
    /// <param name="progress">Receives the number of images finished; null for none.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <returns>Numbers of images and objects written.</returns>
    /// <exception cref="ArgumentException">An option is invalid.</exception>
    /// <exception cref="Imaging.ImageException">An image cannot be written.</exception>
    /// <exception cref="IOException">An annotation file or a folder cannot be written.</exception>
    public static SynthSummary Write(
        string folder, SynthOptions options, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        (string Name, int Count)[] splits =
            [(Splits[0], options.TrainImages), (Splits[1], options.ValImages), (Splits[2], options.TestImages)];
        var (summary, done) = (new SynthSummary(), 0);
        for (var split = 0; split < splits.Length; split++)
        {
            var (name, count) = splits[split];
            if (count == 0) continue;
            var objects = new CocoAnnotation[count][];
            var index = split;
            Run(count, cancellation, i =>
            {
                using var canvas = new SynthCanvas(options.Height, options.Width);
                objects[i] = new SynthScene(options, SynthRandom.For(options.Seed, index, i)).Draw(canvas);
                canvas.Image.Save(Path.Combine(folder, "images", FileName(name, i)), options.JpegQuality);
                progress?.Report(Interlocked.Increment(ref done));
            });
            CocoWriter.Write(Path.Combine(folder, name + ".json"), Number(name, options, objects),
                $"{Mark}, seed {options.Seed}, split {name}");
            summary += SynthSummary.Of(objects);
        }
        return summary;
    }

    /// <summary>An annotation file in a folder that <see cref="Write"/> would replace although somebody else made it; null for
    /// none.</summary>
    /// <param name="folder">It need not exist.</param>
    public static string? FindForeign(string folder) => Splits.Select(name => Path.Combine(folder, name + ".json"))
        .FirstOrDefault(file => File.Exists(file) && !IsOwn(file));

    static bool IsOwn(string file)
    {
        Span<byte> head = stackalloc byte[256];
        using var stream = File.OpenRead(file);
        return System.Text.Encoding.UTF8.GetString(head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)])
            .Contains(Mark, StringComparison.Ordinal);
    }

    /// <summary>Runs in parallel and rethrows the first exception unwrapped.</summary>
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

    /// <summary>The annotations of a split; ids of images, classes and boxes count from 1.</summary>
    static AnnotationSet Number(string split, SynthOptions options, CocoAnnotation[][] objects)
    {
        var id = 0;
        return new AnnotationSet(
            [.. options.Shapes.Select((shape, label) => new CocoCategory(label + 1, shape.ToString().ToLowerInvariant()))],
            [.. objects.Select((own, i) => new AnnotatedImage(
                new CocoImage(i + 1, FileName(split, i), options.Width, options.Height, Source: 0),
                [.. own.Select(item => item with { Id = ++id })]))]);
    }
}

/// <summary>Numbers of a synthetic data set.</summary>
/// <param name="Images">Images written.</param>
/// <param name="Objects">Annotated single objects.</param>
/// <param name="Crowds">Annotated crowd regions.</param>
/// <param name="EmptyImages">Images without any annotation.</param>
public readonly record struct SynthSummary(int Images, int Objects, int Crowds, int EmptyImages)
{
    /// <summary>Adds the numbers of two parts.</summary>
    public static SynthSummary operator +(SynthSummary a, SynthSummary b) =>
        new(a.Images + b.Images, a.Objects + b.Objects, a.Crowds + b.Crowds, a.EmptyImages + b.EmptyImages);

    internal static SynthSummary Of(CocoAnnotation[][] images) => new(
        images.Length,
        images.Sum(objects => objects.Count(item => !item.IsCrowd)),
        images.Sum(objects => objects.Count(item => item.IsCrowd)),
        images.Count(objects => objects.Length == 0));
}
