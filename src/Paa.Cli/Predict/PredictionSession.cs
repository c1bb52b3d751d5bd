using System.Text.Json.Serialization;
using Paa.Cli.Shared;
using Paa.Imaging;
using Paa.Inference;
using Paa.Reports;

namespace Paa.Cli.Predict;

/// <summary>Runs a detector over image files.</summary>
/// <param name="detector">Borrowed.</param>
/// <param name="drawings">Receives pictures with boxes; null for none.</param>
/// <param name="input">Opens standard input, for the image <c>-</c>.</param>
sealed class PredictionSession(Detector detector, DrawingFolder? drawings, Func<Stream> input)
{
    readonly DetectionPainter _painter = new(detector.Classes);

    /// <summary>Detects the objects in one file and draws them. A problem with the image is reported in the result.</summary>
    public ImagePrediction Predict(string file)
    {
        try
        {
            using var image = Read(file);
            var found = detector.Detect(image);
            return Draw(new ImagePrediction(file, image.Width, image.Height, [.. found.Select(Describe)]), image, found);
        }
        catch (ImageException error)
        {
            return new ImagePrediction(file, 0, 0, [], Error: error.Message);
        }
    }

    /// <summary>Draws the picture. What was found stays in the result even if that fails.</summary>
    ImagePrediction Draw(ImagePrediction result, Image image, Detection[] found)
    {
        if (drawings is null) return result;
        try
        {
            _painter.Draw(image, found);
            return result with { Picture = drawings.Save(result.File, path => image.Save(path)) };
        }
        catch (Exception error) when (error is ImageException or IOException or UnauthorizedAccessException)
        {
            return result with { Error = $"{error.Message} The picture is missing; what was found is kept." };
        }
    }

    Image Read(string file)
    {
        using var activity = PredictionActivity.Start(PredictionActivity.Read);
        if (file != ImageFiles.StandardInput) return Image.Load(file);
        using var stream = input();
        return Image.Load(stream, name: "standard input");
    }

    static PredictedObject Describe(Detection found) =>
        new(found.Name, found.Label, found.Score, [found.Box.X1, found.Box.Y1, found.Box.X2, found.Box.Y2]);
}

/// <summary>An object in the results of <c>paa predict</c>.</summary>
/// <param name="Class">Name of its class.</param>
/// <param name="Label">Its contiguous class index.</param>
/// <param name="Score">In (0, 1).</param>
/// <param name="Box">Left, top, right, bottom in pixels of the image.</param>
sealed record PredictedObject(string Class, int Label, float Score, float[] Box);

/// <summary>An image in the results of <c>paa predict</c>.</summary>
/// <param name="File">The file name as it was found.</param>
/// <param name="Width">Columns after EXIF rotation; 0 if the image could not be read.</param>
/// <param name="Height">Rows after EXIF rotation; 0 if the image could not be read.</param>
/// <param name="Detections">The objects, best first.</param>
/// <param name="Picture">The picture with the boxes drawn in; null without one.</param>
/// <param name="Error">What is missing and why; null without an error.</param>
sealed record ImagePrediction(
    string File, int Width, int Height, IReadOnlyList<PredictedObject> Detections,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Picture = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error = null)
{
    /// <summary>One line such as <c>photo.jpg: 3 objects (2 cat, 1 dog)</c>.</summary>
    [JsonIgnore]
    public string Summary
    {
        get
        {
            var file = PrintableText.Of(File);
            if (Detections.Count == 0) return $"{file}: nothing found";
            var counts = Detections.CountBy(found => found.Class).OrderByDescending(count => count.Value);
            var parts = string.Join(", ", counts.Select(count => $"{count.Value} {PrintableText.Of(count.Key)}"));
            return $"{file}: {Detections.Count} {(Detections.Count == 1 ? "object" : "objects")} ({parts})";
        }
    }
}
