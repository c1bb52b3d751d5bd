using System.Text.Json.Serialization;
using Paa.Cli.Shared;
using Paa.Imaging;
using Paa.Inference;

namespace Paa.Cli.Predict;

/// <summary>Runs a detector over image files.</summary>
/// <param name="predictor">Borrowed.</param>
/// <param name="score">Lowest score of a detection.</param>
/// <param name="drawings">Where pictures with boxes go; null for none.</param>
sealed class PredictionSession(Predictor predictor, float score, DrawingFolder? drawings)
{
    readonly DetectionPainter _painter = new(predictor.Classes);

    /// <summary>Finds the objects of one file, and draws them. What is wrong with the image stands in the result.</summary>
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
/// <param name="File">As it was found.</param>
/// <param name="Width">Columns, upright; 0 if it could not be read.</param>
/// <param name="Height">Rows, upright; 0 if it could not be read.</param>
/// <param name="Detections">The objects, best first.</param>
/// <param name="Error">Why there are none; null if all is well.</param>
sealed record ImagePrediction(
    string File, int Width, int Height, IReadOnlyList<PredictedObject> Detections,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error = null)
{
    /// <summary><c>photo.jpg: 3 objects (2 cat, 1 dog)</c>.</summary>
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

/// <summary>Gives each drawn picture a file of its own, also where images of several folders have the same name.</summary>
sealed class DrawingFolder
{
    readonly string _folder;
    readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes the folder if it does not exist.</summary>
    public DrawingFolder(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    /// <summary>Where the picture of an image goes: its own name, or <c>name_2.jpg</c> if that is taken by this run.</summary>
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
