using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Data;
using Paa.Inference;

namespace Paa.Evaluation;

/// <summary>Results as MMDetection's <c>tools/test.py --out results.pkl</c> writes them.</summary>
/// <remarks>
/// 2.x: a list over the images of the annotation file, in its order, of lists over the classes of arrays [n, 5]: x1, y1, x2, y2,
/// score. 3.x: a list of dicts with <c>img_id</c> and <c>pred_instances</c>: tensors <c>bboxes</c> [n, 4], <c>scores</c> [n] and
/// <c>labels</c> [n]. Labels count the categories in the order of the annotation file.
/// </remarks>
/// <param name="path">The file.</param>
/// <param name="dataset">Supplies ids of images and categories.</param>
sealed class PickledResults(string path, CocoDataset dataset)
{
    const int MinBytes = 8;                 // a detection takes more in any file, so that no shared array can stand for many

    readonly List<CocoResult> _results = [];
    readonly long _limit = new FileInfo(path).Length / MinBytes;

    /// <summary>Reads the results.</summary>
    /// <exception cref="DataException">The file is damaged, holds something else, or belongs to another data set.</exception>
    public static CocoResult[] Read(string path, CocoDataset dataset)
    {
        try
        {
            var results = new PickledResults(path, dataset);
            results.Add(PythonPickle.Read(path));
            return [.. results._results];
        }
        catch (CheckpointException error)
        {
            throw new DataException(path, error.Problem, error);
        }
    }

    void Add(object? root)
    {
        if (root is not List<object?> images)
            throw Bad("expected a list with an item for each image, as MMDetection's tools/test.py writes it.");
        if (images is [PickleDict, ..])
        {
            foreach (var (i, image) in images.Index()) AddInstances(i, image as PickleDict ?? throw Bad($"item {i} is no dict."));
            return;
        }
        if (images.Count != dataset.Images.Count)
            throw Bad($"has results of {images.Count} images, but there are {dataset.Images.Count} in the annotation file, "
                + "in whose order they stand.");
        foreach (var (i, image) in images.Index()) AddClasses(i, image is PickleTuple { Count: > 0 } pair ? pair[0] : image);
    }

    /// <summary>Adds an image of 2.x.</summary>
    void AddClasses(int index, object? image)
    {
        if (image is not List<object?> classes) throw Bad($"image {index} has no list of classes.");
        if (classes.Count != dataset.Classes.Count)
            throw Bad($"image {index} has {classes.Count} classes, but the annotation file has {dataset.Classes.Count}.");
        foreach (var (label, boxes) in classes.Index())
        {
            if (boxes is not PickleObject { Array: { Shape: [_, 5] } rows })
                throw Bad($"image {index}, class {label}: expected an array [n, 5].");
            var numbers = Numbers(rows, $"image {index}, class {label}", 5);
            for (var i = 0; i < numbers.Length; i += 5)
                Add(dataset.Images[index].Id, label, numbers.AsSpan(i, 4), numbers[i + 4]);
        }
    }

    /// <summary>Adds an image of 3.x.</summary>
    void AddInstances(int index, PickleDict image)
    {
        if (!image.TryGet<long>("img_id", out var id) || !image.TryGet<PickleDict>("pred_instances", out var instances))
            throw Bad($"item {index} has no img_id or no pred_instances.");
        var (boxes, scores, labels) = (Tensor("bboxes"), Tensor("scores"), Tensor("labels"));
        var count = scores.Count;
        if (boxes.Shape is not [_, 4] || boxes.Shape[0] != count || labels.Count != count)
            throw Bad($"item {index} has {boxes} boxes, {scores} scores and {labels} labels, which do not fit.");
        var numbers = Numbers(boxes, $"item {index}", 4);
        var values = scores.ToArray<float>();
        var classes = labels.ToArray<long>();
        for (var i = 0; i < values.Length; i++)
        {
            if (classes[i] < 0 || classes[i] >= dataset.Classes.Count)
                throw Bad($"item {index} has the label {classes[i]}, but there are {dataset.Classes.Count} classes.");
            Add(id, (int)classes[i], numbers.AsSpan(4 * i, 4), values[i]);
        }

        StoredTensor Tensor(string name) =>
            instances.TryGet<StoredTensor>(name, out var tensor) ? tensor
                : instances.TryGet<PickleObject>(name, out var array) && array.Array is { } numbers ? numbers
                : throw Bad($"item {index} has no {name} in its pred_instances.");
    }

    float[] Numbers(StoredTensor rows, string place, int columns)
    {
        if (_results.Count + rows.Count / columns > _limit) throw Bad($"{place}: the file repeats its boxes without end.");
        return rows.Type is ScalarType.Float64
            ? [.. rows.ToArray<double>().Select(number => (float)number)]
            : rows.ToArray<float>();
    }

    void Add(long image, int label, ReadOnlySpan<float> box, float score)
    {
        var detection = new Detection(new Box(box[0], box[1], box[2], box[3]), score, label);
        if (!(float.IsFinite(box[0]) && float.IsFinite(box[1]) && float.IsFinite(box[2]) && float.IsFinite(box[3])
            && float.IsFinite(score)))
            throw Bad($"a box of image {image} is not finite: {detection}.");
        _results.Add(CocoResult.From(image, dataset.CategoryId(label), detection));
    }

    DataException Bad(string problem) => new(path, problem);
}
