using Paa.Boxes;

namespace Paa.Tests.Boxes;

/// <summary>Boxes for property tests.</summary>
static class RandomBoxes
{
    /// <summary>A box with area inside a square image; sides are log-uniform between 2 pixels and the image.</summary>
    public static Box Next(Random random, float extent)
    {
        var (width, height) = (Side(), Side());
        var (x, y) = (random.NextSingle() * (extent - width), random.NextSingle() * (extent - height));
        return new Box(x, y, x + width, y + height);

        float Side() => 2 * MathF.Pow(extent / 2, random.NextSingle());
    }

    /// <summary>Several of them.</summary>
    public static Box[] Many(Random random, int count, float extent) =>
        [.. Enumerable.Range(0, count).Select(_ => Next(random, extent))];
}
