namespace Paa.Boxes;

/// <summary>The ground truth of an image.</summary>
/// <param name="Boxes">The objects. Pixels refer to the original or to the resized image, as the context says.</param>
/// <param name="Labels">Class of each box, 0..K-1.</param>
/// <param name="Ignored">Crowd regions: neither objects nor background.</param>
public readonly record struct Targets(Box[] Boxes, int[] Labels, Box[] Ignored)
{
    /// <summary>No objects.</summary>
    public static Targets None => new([], [], []);

    /// <summary>These targets with every box replaced.</summary>
    /// <param name="map">Returns the new box for an old one.</param>
    public Targets Map(Converter<Box, Box> map) => new(Array.ConvertAll(Boxes, map), Labels, Array.ConvertAll(Ignored, map));

    /// <summary>The targets whose boxes satisfy a condition.</summary>
    /// <param name="isKept">Whether a box is kept.</param>
    public Targets Where(Func<Box, bool> isKept)
    {
        var (boxes, labels) = (Boxes, Labels);
        int[] kept = [.. boxes.Index().Where(box => isKept(box.Item)).Select(box => box.Index)];
        return new([.. kept.Select(i => boxes[i])], [.. kept.Select(i => labels[i])], [.. Ignored.Where(isKept)]);
    }

    /// <summary>Joins the targets of several images.</summary>
    public static Targets Join(IReadOnlyCollection<Targets> parts) => new(
        [.. parts.SelectMany(part => part.Boxes)], [.. parts.SelectMany(part => part.Labels)],
        [.. parts.SelectMany(part => part.Ignored)]);
}
