namespace Paa.Data.Formats;

/// <summary>Images and classes during conversion from one format to another.</summary>
/// <param name="Categories">Classes in label order, with the ids to write.</param>
/// <param name="Images">Images in the order in which they are written.</param>
public sealed record AnnotationSet(IReadOnlyList<CocoCategory> Categories, IReadOnlyList<AnnotatedImage> Images)
{
    /// <summary>Number of annotations in all images.</summary>
    public int AnnotationCount => Images.Sum(image => image.Annotations.Count);

    /// <summary>Takes all images and classes of a data set.</summary>
    public static AnnotationSet From(CocoDataset dataset) => new(dataset.Categories,
        [.. dataset.Images.Select((image, i) => new AnnotatedImage(image, dataset.Annotations(i).ToArray()))]);

    /// <summary>The same with ids that count from 1.</summary>
    internal AnnotationSet Renumbered()
    {
        var id = 0;
        return new AnnotationSet([.. Categories.Select((category, label) => category with { Id = label + 1 })],
            [.. Images.Select((image, i) => new AnnotatedImage(image.Image with { Id = i + 1 },
                [.. image.Annotations.Select(annotation => annotation with { Id = ++id })]))]);
    }

    /// <summary>Creates a set whose ids count from 1.</summary>
    /// <param name="classes">Names in label order.</param>
    /// <param name="images">File, size and boxes of each image.</param>
    internal static AnnotationSet Number(
        IReadOnlyList<string> classes, IEnumerable<(string File, int Width, int Height, IReadOnlyList<ReadBox> Boxes)> images)
    {
        var id = 0;
        return new AnnotationSet([.. classes.Select((name, label) => new CocoCategory(label + 1, name))],
            [.. images.Select((image, i) => new AnnotatedImage(
                new CocoImage(i + 1, image.File, image.Width, image.Height, Source: 0),
                [.. image.Boxes.Select(box => new CocoAnnotation(++id, box.X, box.Y, box.Width, box.Height,
                    box.Width * box.Height, box.Label, box.IsCrowd, IsUsable: true))]))]);
    }
}

/// <summary>An image with its annotations, during conversion.</summary>
/// <param name="Image">Its id, file and size.</param>
/// <param name="Annotations">Its boxes; labels are positions in <see cref="AnnotationSet.Categories"/>.</param>
public sealed record AnnotatedImage(CocoImage Image, IReadOnlyList<CocoAnnotation> Annotations);

/// <summary>A box as another format stores it, in pixels.</summary>
readonly record struct ReadBox(int Label, double X, double Y, double Width, double Height, bool IsCrowd = false);

/// <summary>Selects part of a data set by class or image, or splits it at random.</summary>
public static class AnnotationSubset
{
    /// <summary>Keeps some of the classes. Ids stay; boxes of other classes are dropped.</summary>
    /// <param name="set">The whole set.</param>
    /// <param name="classes">Names, in the desired label order.</param>
    /// <exception cref="ArgumentException">A class is not in the set or is named twice.</exception>
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

    /// <summary>Keeps some of the images.</summary>
    /// <param name="set">The whole set.</param>
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
    /// <param name="set">The whole set.</param>
    /// <param name="shares">One share per part. Only their ratios count; they need not add up to 1.</param>
    /// <param name="seed">Equal seeds give equal parts.</param>
    /// <returns>One set per share, each with its images in their original order.</returns>
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
            var end = (int)Math.Round(order.Length * sum / shares.Sum());     // of the running sum: no image is lost
            if (end == start)
                throw new ArgumentException($"part {i + 1} of {parts.Length} of {order.Length} images would be empty.");
            parts[i] = set with { Images = [.. order[start..end].Order().Select(image => set.Images[image])] };
            start = end;
        }
        return parts;
    }
}
