namespace Paa.Data.Formats;

/// <summary>Parts of a data set: of its classes, of its images, or several parts by share.</summary>
public static class AnnotationSubset
{
    /// <summary>The set with some of its classes; ids stay, boxes of other classes go.</summary>
    /// <param name="set">The whole.</param>
    /// <param name="classes">Names, in the label order wanted.</param>
    /// <exception cref="ArgumentException">A class is not in the set, or named twice.</exception>
    public static AnnotationSet OfClasses(this AnnotationSet set, IReadOnlyList<string> classes)
    {
        var names = set.Categories.Select(category => category.Name).ToList();
        var labels = new Dictionary<int, int>();                // old to new
        foreach (var (label, name) in classes.Index())
        {
            var old = names.IndexOf(name);
            if (old < 0) throw new ArgumentException($"no class '{name}'; the classes are {string.Join(", ", names)}.");
            if (!labels.TryAdd(old, label)) throw new ArgumentException($"the class '{name}' is named twice.");
        }
        return new AnnotationSet([.. labels.Keys.Select(old => set.Categories[old])],
            [.. set.Images.Select(image => image with
            {
                Annotations = [.. image.Annotations.Where(annotation => labels.ContainsKey(annotation.Label))
                    .Select(annotation => annotation with { Label = labels[annotation.Label] })],
            })]);
    }

    /// <summary>The set with some of its images.</summary>
    /// <param name="set">The whole.</param>
    /// <param name="names">File names or ids.</param>
    /// <exception cref="ArgumentException">A name or id is not in the set.</exception>
    public static AnnotationSet OfImages(this AnnotationSet set, IEnumerable<string> names)
    {
        var wanted = names.ToHashSet();
        var images = set.Images
            .Where(image => wanted.Contains(image.Image.FileName) || wanted.Contains($"{image.Image.Id}")).ToList();
        foreach (var image in images) wanted.ExceptWith([image.Image.FileName, $"{image.Image.Id}"]);
        return wanted.Count == 0 ? set with { Images = images } : throw new ArgumentException(
            $"{wanted.Count} images are not in the file, such as '{wanted.Order(StringComparer.Ordinal).First()}'.");
    }

    /// <summary>Splits the images at random.</summary>
    /// <param name="set">The whole.</param>
    /// <param name="shares">One share a part; they need not add up to 1, only their ratio counts.</param>
    /// <param name="seed">Equal seeds give equal parts.</param>
    /// <returns>One set a share, images in their old order.</returns>
    /// <exception cref="ArgumentException">A share is not positive, or a part would be empty.</exception>
    public static AnnotationSet[] Split(this AnnotationSet set, IReadOnlyList<double> shares, long seed)
    {
        if (shares.Count == 0 || shares.Any(share => !(share > 0 && double.IsFinite(share))))
            throw new ArgumentException($"shares must be positive, got [{string.Join(", ", shares)}].");
        int[] order = [.. Enumerable.Range(0, set.Images.Count)];
        new SampleRandom(seed, epoch: 0, index: -1).Shuffle<int>(order);
        var parts = new AnnotationSet[shares.Count];
        var (start, sum) = (0, 0.0);
        for (var i = 0; i < parts.Length; i++)
        {
            sum += shares[i];
            var end = (int)Math.Round(order.Length * sum / shares.Sum());     // of the running sum: every image is in one part
            if (end == start)
                throw new ArgumentException($"part {i + 1} of {parts.Length} of {order.Length} images would be empty.");
            parts[i] = set with { Images = [.. order[start..end].Order().Select(image => set.Images[image])] };
            start = end;
        }
        return parts;
    }
}
