using System.Text.Json;
using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Data;
using Paa.Data.Json;
using Paa.Inference;
using Paa.Platform;

namespace Paa.Evaluation;

/// <summary>One detection in COCO's result format.</summary>
/// <param name="ImageId">Id of the image in the annotation file.</param>
/// <param name="CategoryId">Category id of the annotation file, not a label.</param>
/// <param name="X">Left edge in pixels of the original image.</param>
/// <param name="Y">Top edge in pixels.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Score">Confidence; higher is more certain.</param>
public readonly record struct CocoResult(
    long ImageId, long CategoryId, double X, double Y, double Width, double Height, double Score)
{
    /// <summary>The numbers of the file as a box.</summary>
    internal XywhBox Xywh => new(X, Y, Width, Height);

    /// <summary>
    /// Converts a detection as MMDetection does: width and height without a +1, subtracted in double precision.
    /// </summary>
    /// <param name="imageId">Id of the image.</param>
    /// <param name="categoryId">Category id of the detection's label; see <see cref="CocoDataset.CategoryId"/>.</param>
    /// <param name="detection">Box in pixels of the original image.</param>
    public static CocoResult From(long imageId, long categoryId, Detection detection)
    {
        var box = detection.Box;
        return new(imageId, categoryId, box.X1, box.Y1, (double)box.X2 - box.X1, (double)box.Y2 - box.Y1, detection.Score);
    }
}

/// <summary>
/// Reads and writes COCO's result files: a JSON array of objects with image_id, category_id, bbox [x, y, width, height] and
/// score.
/// </summary>
public static class CocoResults
{
    /// <summary>Reads a result file in COCO's format, or as MMDetection's <c>tools/test.py --out</c> pickles it.</summary>
    /// <param name="path">The file; its content tells what it is.</param>
    /// <param name="dataset">The annotations, whose ids the pickle of MMDetection 2.x does not have.</param>
    /// <exception cref="DataException">
    /// The file is missing, damaged, or an entry lacks a number; or a pickle belongs to another data set.
    /// </exception>
    public static CocoResult[] Read(string path, CocoDataset dataset) =>
        PythonPickle.IsPickle(path) ? PickledResults.Read(path, dataset) : Read(path);

    /// <summary>Reads a result file; other keys are skipped.</summary>
    /// <exception cref="DataException">The file is missing or is not JSON, or an entry lacks a number.</exception>
    public static CocoResult[] Read(string path)
    {
        try
        {
            if (ParallelResultReader.TryRead(path) is { } results) return results;
            using var stream = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
            return [.. Read(stream, path)];
        }
        catch (JsonException e)
        {
            throw new DataException(path, $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: not valid JSON: "
                + e.Message.Split(" LineNumber:")[0], e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(path, e is FileNotFoundException or DirectoryNotFoundException
                ? "no such result file." : $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes a result file atomically: after a crash, the path holds the old file or none.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<CocoResult> results) =>
        AtomicFile.Write(path, stream => Write(stream, results));

    /// <summary>Writes results as JSON.</summary>
    /// <param name="stream">Borrowed.</param>
    /// <param name="results">Results in the order in which they are written.</param>
    public static void Write(Stream stream, IEnumerable<CocoResult> results)
    {
        const int FlushBytes = 1 << 16;
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartArray();
        foreach (var result in results)
        {
            json.WriteStartObject();
            json.WriteNumber("image_id"u8, result.ImageId);
            json.WriteNumber("category_id"u8, result.CategoryId);
            json.WriteStartArray("bbox"u8);
            json.WriteNumberValue(result.X);
            json.WriteNumberValue(result.Y);
            json.WriteNumberValue(result.Width);
            json.WriteNumberValue(result.Height);
            json.WriteEndArray();
            json.WriteNumber("score"u8, result.Score);
            json.WriteEndObject();
            if (json.BytesPending > FlushBytes) json.Flush();
        }
        json.WriteEndArray();
    }

    /// <summary>Reads an array of results.</summary>
    /// <param name="stream">Borrowed.</param>
    /// <param name="path">The file name for messages.</param>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    /// <exception cref="DataException">An entry lacks a number.</exception>
    internal static List<CocoResult> Read(Stream stream, string path)
    {
        var json = new JsonStream(stream);
        if (!json.Read() || json.TokenType != JsonTokenType.StartArray)
            throw new DataException(path, $"expected an array of results, got {json.Describe()}.");
        var results = new List<CocoResult>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray) results.Add(ReadOne(ref json, path, results.Count));
        while (json.Read()) { }         // only white space may follow
        return results;
    }

    static CocoResult ReadOne(ref JsonStream json, string path, int index)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw new DataException(path, $"result {index}: expected an object, got {json.Describe()}.");
        long? image = null, category = null;
        double? score = null;
        var hasBox = false;
        Span<double> box = stackalloc double[4];
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.NameIs("image_id"u8)) image = ReadInteger(ref json, path, index, "image_id");
            else if (json.NameIs("category_id"u8)) category = ReadInteger(ref json, path, index, "category_id");
            else if (json.NameIs("score"u8)) score = ReadNumber(ref json, path, index, "score");
            else if (json.NameIs("bbox"u8))
            {
                ReadBox(ref json, path, index, box);
                hasBox = true;
            }
            else json.Skip();
        }
        if (image is { } imageId && category is { } categoryId && score is { } value && hasBox)
            return new CocoResult(imageId, categoryId, box[0], box[1], box[2], box[3], value);
        string?[] missing = [image is null ? "image_id" : null, category is null ? "category_id" : null,
            hasBox ? null : "bbox", score is null ? "score" : null];
        throw new DataException(path, $"result {index}: no {string.Join(", no ", missing.OfType<string>())}.");
    }

    static void ReadBox(ref JsonStream json, string path, int index, scoped Span<double> box)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray) throw Bad(ref json, path, index, "bbox", "an array of 4 numbers");
        for (var i = 0; i < box.Length; i++) box[i] = ReadNumber(ref json, path, index, "bbox");
        json.Read();
        if (json.TokenType != JsonTokenType.EndArray) throw Bad(ref json, path, index, "bbox", "4 numbers");
    }

    static long ReadInteger(ref JsonStream json, string path, int index, string key)
    {
        json.Read();
        return json.TryGetInteger(out var value) ? value : throw Bad(ref json, path, index, key, "a whole number");
    }

    static double ReadNumber(ref JsonStream json, string path, int index, string key)
    {
        json.Read();
        return json.TryGetDouble(out var value) && double.IsFinite(value)
            ? value : throw Bad(ref json, path, index, key, "a finite number");
    }

    static DataException Bad(ref JsonStream json, string path, int index, string key, string expected) =>
        new(path, $"result {index}: {key} must be {expected}, got {json.Describe()}.");
}
