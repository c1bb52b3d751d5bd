using Paa.Data;

namespace Paa.Evaluation;

/// <summary>Objects and detections sorted for evaluation: by category, then image, both by ascending id.</summary>
/// <remarks>
/// Objects of one category and image are in file order. Detections are in descending order of score, with equal ones in file
/// order, and are limited to a number for each image and category.
/// </remarks>
sealed class CocoTable
{
    /// <summary>A category and an image with at least one object or detection.</summary>
    public readonly record struct Pair(int Category, int ObjectStart, int ObjectEnd, int DetectionStart, int DetectionEnd);

    /// <summary>Category ids, ascending, along axis K.</summary>
    public long[] CategoryIds { get; }

    /// <summary>All pairs, in order.</summary>
    public Pair[] Pairs { get; }

    /// <summary>Index of each category's first pair, then the number of pairs.</summary>
    public int[] PairStarts { get; }

    /// <summary>The objects.</summary>
    public CocoAnnotation[] Objects { get; }

    /// <summary>The detections.</summary>
    public CocoResult[] Detections { get; }

    readonly int _limit;

    /// <param name="dataset">The ground truth.</param>
    /// <param name="results">Results in any order.</param>
    /// <param name="source">Name of the results in error messages.</param>
    /// <param name="limit">Largest number of detections of an image and category.</param>
    /// <exception cref="DataException">A result names an image outside the data set.</exception>
    public CocoTable(CocoDataset dataset, ReadOnlySpan<CocoResult> results, string source, int limit)
    {
        _limit = limit;
        var imageRank = Ranks([.. dataset.Images.Select(image => image.Id)]);
        var categoryRank = Ranks([.. dataset.Categories.Select(category => category.Id)]);
        CategoryIds = [.. dataset.Categories.Select(category => category.Id).Order()];
        var (imageCount, categoryCount) = (imageRank.Length, categoryRank.Length);

        var objects = new CocoAnnotation[dataset.AnnotationCount];
        var objectKeys = new Key[objects.Length];
        for (var (image, n) = (0, 0); image < imageCount; image++)
            foreach (var annotation in dataset.Annotations(image))
            {
                objectKeys[n] = new(categoryRank[annotation.Label], imageRank[image], n);
                objects[n++] = annotation;
            }
        objectKeys = Sort(objectKeys, categoryCount, imageCount);
        Objects = new CocoAnnotation[objects.Length];
        for (var i = 0; i < objectKeys.Length; i++) Objects[i] = objects[objectKeys[i].Index];

        var resultKeys = new Key[results.Length];
        var listed = 0;
        for (var i = 0; i < results.Length; i++)
        {
            var image = dataset.ImageIndex(results[i].ImageId);
            if (image < 0)
                throw new DataException(source, $"result {i} is for image {results[i].ImageId}, which is not in "
                    + $"{string.Join(", ", dataset.AnnotationFiles)}. Do both files belong to the same data set?");
            var label = dataset.Label(results[i].CategoryId);
            if (label >= 0) resultKeys[listed++] = new(categoryRank[label], imageRank[image], i);
        }
        resultKeys = Sort(resultKeys[..listed], categoryCount, imageCount);

        Detections = new CocoResult[listed];
        var pairs = new List<Pair>();
        PairStarts = new int[categoryCount + 1];
        int nextObject = 0, nextResult = 0, nextDetection = 0;
        for (var category = 0; category < categoryCount; category++)
        {
            PairStarts[category] = pairs.Count;
            while (NextImage(category) is var image && image < int.MaxValue)
            {
                var (objectStart, resultStart, detectionStart) = (nextObject, nextResult, nextDetection);
                while (IsAt(objectKeys, nextObject, category, image)) nextObject++;
                while (IsAt(resultKeys, nextResult, category, image)) nextResult++;
                nextDetection = TakeBest(results, resultKeys.AsSpan(resultStart..nextResult), detectionStart);
                pairs.Add(new(category, objectStart, nextObject, detectionStart, nextDetection));
            }
        }
        PairStarts[categoryCount] = pairs.Count;
        Pairs = [.. pairs];

        int NextImage(int category) =>
            Math.Min(ImageAt(objectKeys, nextObject, category), ImageAt(resultKeys, nextResult, category));
    }

    readonly record struct Key(int Category, int Image, int Index);

    static int ImageAt(Key[] keys, int i, int category) =>
        i < keys.Length && keys[i].Category == category ? keys[i].Image : int.MaxValue;

    static bool IsAt(Key[] keys, int i, int category, int image) =>
        i < keys.Length && keys[i].Category == category && keys[i].Image == image;

    /// <summary>Copies the best results of one pair to <see cref="Detections"/>; returns the end.</summary>
    int TakeBest(ReadOnlySpan<CocoResult> results, ReadOnlySpan<Key> keys, int start)
    {
        Span<double> scores = keys.Length <= 256 ? stackalloc double[keys.Length] : new double[keys.Length];
        Span<int> order = keys.Length <= 256 ? stackalloc int[keys.Length] : new int[keys.Length];
        for (var i = 0; i < keys.Length; i++) (scores[i], order[i]) = (results[keys[i].Index].Score, i);
        ScoreOrder.SortDescending(scores, order);
        var count = Math.Min(keys.Length, _limit);
        for (var i = 0; i < count; i++) Detections[start + i] = results[keys[order[i]].Index];
        return start + count;
    }

    /// <summary>The rank of each id in ascending order.</summary>
    static int[] Ranks(long[] ids)
    {
        int[] order = [.. Enumerable.Range(0, ids.Length)];
        Array.Sort(ids, order);
        var ranks = new int[ids.Length];
        for (var i = 0; i < order.Length; i++) ranks[order[i]] = i;
        return ranks;
    }

    /// <summary>Sorts with two stable counting sorts: by image, then by category.</summary>
    static Key[] Sort(Key[] keys, int categoryCount, int imageCount) =>
        CountingSort(CountingSort(keys, imageCount, key => key.Image), categoryCount, key => key.Category);

    static Key[] CountingSort(Key[] keys, int count, Func<Key, int> select)
    {
        var next = new int[count + 1];
        foreach (var key in keys) next[select(key) + 1]++;
        for (var i = 0; i < count; i++) next[i + 1] += next[i];
        var sorted = new Key[keys.Length];
        foreach (var key in keys) sorted[next[select(key)]++] = key;
        return sorted;
    }
}

/// <summary>Sorts by descending score; entries of equal score keep their order.</summary>
static class ScoreOrder
{
    /// <summary>Reorders <paramref name="order"/> by descending score.</summary>
    /// <param name="scores">The score of each entry. Overwritten.</param>
    /// <param name="order">Ascending numbers on entry.</param>
    public static void SortDescending(Span<double> scores, Span<int> order)
    {
        for (var i = 0; i < scores.Length; i++) scores[i] = -scores[i];
        scores.Sort(order);
        // The sort is fast but not stable: restore the order within runs of equal scores.
        for (int start = 0, end; start < scores.Length; start = end)
        {
            for (end = start + 1; end < scores.Length && scores[end] == scores[start];) end++;
            if (end - start > 1) order[start..end].Sort();
        }
    }
}
