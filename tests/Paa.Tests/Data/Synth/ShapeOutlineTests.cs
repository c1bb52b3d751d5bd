using Paa.Data.Synth;

namespace Paa.Tests.Data.Synth;

public class ShapeOutlineTests
{
    /// <summary>Areas of a circumscribed circle of radius 1: known formulas.</summary>
    [Theory]
    [InlineData(SynthShape.Circle, Math.PI), InlineData(SynthShape.Square, 2), InlineData(SynthShape.Triangle, 1.29904)]
    [InlineData(SynthShape.Star, 1.32252), InlineData(SynthShape.Cross, 4 * 0.95 * 0.3 * 2 - 0.36)]
    public void Area_IsThatOfTheShape(SynthShape shape, double expected)
    {
        const int radius = 100;
        foreach (var (angle, stretch) in new[] { (0.0, 1.0), (0.7, 1.0), (2.0, 1.3) })
        {
            var outline = new ShapeOutline(shape, 0.3, -0.2, radius, angle, stretch);
            var inside = 0;
            for (var y = -130; y <= 130; y++)
                for (var x = -130; x <= 130; x++)
                    if (outline.Distance(x, y) <= 0) inside++;
            Assert.Equal(expected, inside / (double)(radius * radius), expected * 0.01);
        }
    }

    [Theory]
    [InlineData(SynthShape.Circle), InlineData(SynthShape.Square), InlineData(SynthShape.Triangle)]
    [InlineData(SynthShape.Star), InlineData(SynthShape.Cross)]
    public void Distance_GrowsByAtMostOnePerPixel(SynthShape shape)
    {
        var outline = new ShapeOutline(shape, 0, 0, 40, 0.4, 1);
        for (var x = -60; x < 60; x++)
            Assert.InRange(Math.Abs(outline.Distance(x + 1, 7) - outline.Distance(x, 7)), 0, 1.0001);
    }
}
