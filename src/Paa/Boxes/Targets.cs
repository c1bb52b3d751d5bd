namespace Paa.Boxes;

/// <summary>What the detector should find in an image.</summary>
/// <param name="Boxes">The objects, in pixels of the image that is meant.</param>
/// <param name="Labels">Class of each box, 0..K-1.</param>
/// <param name="Ignored">Regions of crowds: neither objects nor background.</param>
public readonly record struct Targets(Box[] Boxes, int[] Labels, Box[] Ignored)
{
    /// <summary>Nothing to be found.</summary>
    public static Targets None => new([], [], []);

    /// <summary>These targets with every box replaced.</summary>
    /// <param name="map">The new box of an old one.</param>
    public Targets Map(Converter<Box, Box> map) => new(Array.ConvertAll(Boxes, map), Labels, Array.ConvertAll(Ignored, map));

    /// <summary>The targets whose boxes fulfil a condition.</summary>
    /// <param name="isKept">Whether a box stays.</param>
    public Targets Where(Func<Box, bool> isKept)
    {
        var (boxes, labels) = (Boxes, Labels);
        int[] kept = [.. boxes.Index().Where(box => isKept(box.Item)).Select(box => box.Index)];
        return new([.. kept.Select(i => boxes[i])], [.. kept.Select(i => labels[i])], [.. Ignored.Where(isKept)]);
    }

    /// <summary>The targets of several images in one.</summary>
    public static Targets Join(IReadOnlyCollection<Targets> parts) => new(
        [.. parts.SelectMany(part => part.Boxes)], [.. parts.SelectMany(part => part.Labels)],
        [.. parts.SelectMany(part => part.Ignored)]);
}
