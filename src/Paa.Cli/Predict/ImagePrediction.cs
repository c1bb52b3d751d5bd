using System.Text.Json.Serialization;

namespace Paa.Cli.Predict;

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
