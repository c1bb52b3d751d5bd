namespace Paa.Data.Formats;

/// <summary>Splits a data set by image so that every class is in both parts where it can be.</summary>
/// <remarks>
/// From the rarest class on, each class gets its share of the images that are still free (the first step of iterative
/// stratification: Sechidis, Tsoumakas and Vlahavas, ECML PKDD 2011, section 3). Frames of one film that look alike may part.
/// </remarks>
static class StratifiedSplit
{
    /// <summary>Splits a set in two.</summary>
    /// <param name="set">At least two images.</param>
    /// <param name="share">Share of the second part, between 0 and 1.</param>
    /// <param name="seed">Equal seeds give equal parts.</param>
    /// <returns>Both parts, with images and ids as they were, in their order.</returns>
    /// <exception cref="ArgumentException">There are fewer than two images.</exception>
    public static (AnnotationSet First, AnnotationSet Second) Split(AnnotationSet set, double share, long seed = 0)
    {
        var count = set.Images.Count;
        if (count < 2) throw new ArgumentException($"{count} image cannot be split; expected at least two.");
        HashSet<int>[] labels = [.. set.Images.Select(image =>
            image.Annotations.Where(box => box is { IsUsable: true, IsCrowd: false }).Select(box => box.Label).ToHashSet())];
        int[] order = [.. Enumerable.Range(0, count)];
        new SampleRandom(seed, epoch: 0, index: -1).Shuffle<int>(order);

        var isSecond = new bool?[count];
        var classes = Enumerable.Range(0, set.Categories.Count)
            .Select(label => order.Where(image => labels[image].Contains(label)).ToArray())
            .Where(images => images.Length > 0).OrderBy(images => images.Length).ToList();
        foreach (var images in classes) Assign(images, isSecond, share);
        Assign(order, isSecond, share);                                         // the images without a box
        foreach (var images in classes)
            if (images.All(image => isSecond[image] == true)) isSecond[images[0]] = false;      // none to learn from
        if (isSecond.All(second => second == false))
            isSecond[order.MinBy(image => classes.Count(images => images.Length == 1 && images[0] == image))] = true;
        if (isSecond.All(second => second == true)) isSecond[order[0]] = false;
        return (Part(false), Part(true));

        AnnotationSet Part(bool second) =>
            set with { Images = [.. set.Images.Where((_, image) => isSecond[image] == second)] };
    }

    /// <summary>Gives the free ones of some images to the parts, so that the second has its share; at least one, if there are
    /// two.</summary>
    static void Assign(int[] images, bool?[] isSecond, double share)
    {
        var wanted = images.Length < 2 ? 0 : Math.Clamp((int)Math.Round(share * images.Length), 1, images.Length - 1);
        wanted -= images.Count(image => isSecond[image] == true);
        foreach (var image in images)
            if (isSecond[image] is null) isSecond[image] = wanted-- > 0;
    }
}
