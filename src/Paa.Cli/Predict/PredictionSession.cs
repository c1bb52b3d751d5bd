using System.Text.Json.Serialization;
using Paa.Cli.Shared;
using Paa.Imaging;
using Paa.Inference;

namespace Paa.Cli.Predict;

/// <summary>Runs a detector over image files.</summary>
/// <param name="predictor">Borrowed.</param>
/// <param name="score">Minimum score of a detection.</param>
/// <param name="drawings">Receives pictures with boxes; null for none.</param>
sealed class PredictionSession(Predictor predictor, float score, DrawingFolder? drawings)
{
    readonly DetectionPainter _painter = new(predictor.Classes);

    /// <summary>Detects the objects in one file and draws them. A problem with the image is reported in the result.</summary>
    public ImagePrediction Predict(string file)
    {
        try
        {
            using var image = Read(file);
            var found = predictor.Predict(image).BestFirst(score);
            if (drawings is not null)
            {
                _painter.Draw(image, found);
                image.Save(drawings.PathFor(file));
            }
            return new ImagePrediction(file, image.Width, image.Height, [.. found.Select(Describe)]);
        }
        catch (ImageException error)
        {
            return new ImagePrediction(file, 0, 0, [], error.Message);
        }
    }

    static Image Read(string file)
    {
        using var activity = PredictionActivity.Start(PredictionActivity.Read);
        return Image.Load(file);
    }

    PredictedObject Describe(Detection found) =>
        new(predictor.Classes[found.Label], found.Label, found.Score, [found.Box.X1, found.Box.Y1, found.Box.X2, found.Box.Y2]);
}

/// <summary>An object in the JSON of <c>paa predict</c>.</summary>
/// <param name="Class">Name of its class.</param>
/// <param name="Label">Its contiguous class index.</param>
/// <param name="Score">In (0, 1).</param>
/// <param name="Box">Left, top, right, bottom in pixels of the image.</param>
sealed record PredictedObject(string Class, int Label, float Score, float[] Box);

/// <summary>An image in the JSON of <c>paa predict</c>.</summary>
/// <param name="File">The file name as it was found.</param>
/// <param name="Width">Columns after EXIF rotation; 0 if the image could not be read.</param>
/// <param name="Height">Rows after EXIF rotation; 0 if the image could not be read.</param>
/// <param name="Detections">The objects, best first.</param>
/// <param name="Error">Why there are no detections; null without an error.</param>
sealed record ImagePrediction(
    string File, int Width, int Height, IReadOnlyList<PredictedObject> Detections,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error = null)
{
    /// <summary>One line such as <c>photo.jpg: 3 objects (2 cat, 1 dog)</c>.</summary>
    [JsonIgnore]
    public string Summary
    {
        get
        {
            if (Detections.Count == 0) return $"{File}: nothing found";
            var counts = Detections.CountBy(found => found.Class).OrderByDescending(count => count.Value);
            var parts = string.Join(", ", counts.Select(count => $"{count.Value} {count.Key}"));
            return $"{File}: {Detections.Count} {(Detections.Count == 1 ? "object" : "objects")} ({parts})";
        }
    }
}

/// <summary>Gives each drawn picture its own file, even if images in different folders have the same name.</summary>
sealed class DrawingFolder
{
    readonly string _folder;
    readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Creates the folder if it does not exist.</summary>
    public DrawingFolder(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    /// <summary>
    /// The path for the picture of an image: its own name, or <c>name_2.jpg</c> if this run has already used that.
    /// </summary>
    /// <exception cref="UsageException">The picture would replace the image it was made from.</exception>
    public string PathFor(string image)
    {
        var (name, extension) = (Path.GetFileNameWithoutExtension(image), Path.GetExtension(image));
        var candidate = name + extension;
        for (var number = 2; !_taken.Add(candidate); number++) candidate = $"{name}_{number}{extension}";
        var path = Path.Combine(_folder, candidate);
        return Path.GetFullPath(path) != Path.GetFullPath(image)
            ? path
            : throw new UsageException($"--out {_folder}: the picture would replace {image}; choose another folder.");
    }
}
