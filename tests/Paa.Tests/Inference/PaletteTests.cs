using Paa.Imaging;
using Paa.Inference;

namespace Paa.Tests.Inference;

/// <summary>Colours as people see them: coordinates in Oklab (Ottosson 2020), where distances are about as large as they
/// look.</summary>
static class ColorVision
{
    /// <summary>Ordinary sight, then protanopia, deuteranopia, tritanopia: Machado, Oliveira and Fernandes, IEEE TVCG
    /// 2009, severity 1. Rows give linear red, green and blue.</summary>
    static readonly double[][] Sights =
    [
        [1, 0, 0, 0, 1, 0, 0, 0, 1],
        [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
        [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
        [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900],
    ];

    public const int Count = 4;

    /// <summary>Where a colour appears to each of the four: 4 x (L, a, b).</summary>
    public static double[] See(Color color)
    {
        double[] light = [Linear(color.Red), Linear(color.Green), Linear(color.Blue)];
        return [.. Sights.SelectMany(sight => Oklab([.. Times(sight, light).Select(value => Math.Clamp(value, 0, 1))]))];
    }

    /// <summary>The distance to one of the four.</summary>
    public static double Distance(double[] seen, double[] other, int sight) => Math.Sqrt(
        Enumerable.Range(3 * sight, 3).Sum(i => (seen[i] - other[i]) * (seen[i] - other[i])));

    /// <summary>The distance to the one who tells them apart worst.</summary>
    public static double Distance(double[] seen, double[] other)
    {
        var smallest = double.PositiveInfinity;
        for (var i = 0; i < 3 * Count; i += 3)
        {
            var (l, a, b) = (seen[i] - other[i], seen[i + 1] - other[i + 1], seen[i + 2] - other[i + 2]);
            smallest = Math.Min(smallest, l * l + a * a + b * b);
        }
        return Math.Sqrt(smallest);
    }

    static double[] Oklab(double[] light)
    {
        var cones = Times(
            [
                0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566,
                0.0883024619, 0.2817188376, 0.6299787005,
            ],
            light);
        return Times(
            [
                0.2104542553, 0.7936177850, -0.0040720468, 1.9779984951, -2.4285922050, 0.4505937099,
                0.0259040371, 0.7827717662, -0.8086757660,
            ],
            [.. cones.Select(Math.Cbrt)]);
    }

    static double[] Times(double[] rows, double[] vector) =>
        [.. rows.Chunk(3).Select(row => row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2])];

    static double Linear(byte channel) =>
        channel / 255.0 is var value && value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
}

public class PaletteTests
{
    static readonly Color[] Colors = [.. Enumerable.Range(0, Palette.Count).Select(DetectionPainter.ColorOf)];

    /// <summary>About 0.02 is the least difference that is seen side by side.</summary>
    [Theory]
    [InlineData(10, 0.150, 0.080, 0.071, 0.080), InlineData(20, 0.080, 0.070, 0.070, 0.073)]
    [InlineData(80, 0.038, 0.031, 0.031, 0.031)]
    public void Colors_StayApart(int count, double ordinary, double protanopia, double deuteranopia, double tritanopia)
    {
        double[] least = [ordinary, protanopia, deuteranopia, tritanopia];
        var seen = Colors[..count].Select(ColorVision.See).ToArray();
        for (var i = 0; i < count; i++)
            for (var j = 0; j < i; j++)
                for (var sight = 0; sight < ColorVision.Count; sight++)
                {
                    var distance = ColorVision.Distance(seen[i], seen[j], sight);
                    Assert.True(distance >= least[sight], $"{i} {Colors[i]}, {j} {Colors[j]}: {distance} for sight {sight}");
                }
    }

    [Fact]
    public void Table_IsWhatItsRuleGives()
    {
        const int start = 7;
        var grid = (from red in Steps() from green in Steps() from blue in Steps() select new Color(red, green, blue))
            .Select(color => (Color: color, Seen: ColorVision.See(color)))
            .Where(entry => entry.Seen[0] is >= 0.4 and <= 0.95 && Math.Sqrt(
                entry.Seen[1] * entry.Seen[1] + entry.Seen[2] * entry.Seen[2]) >= 0.07).ToArray();
        var chosen = Colors[..start].ToList();
        var first = chosen.Select(ColorVision.See).ToArray();
        var distances = grid.Select(entry => first.Min(seen => ColorVision.Distance(entry.Seen, seen))).ToArray();
        while (chosen.Count < Palette.Count)
        {
            var farthest = Array.IndexOf(distances, distances.Max());
            chosen.Add(grid[farthest].Color);
            for (var i = 0; i < grid.Length; i++)
                distances[i] = Math.Min(distances[i], ColorVision.Distance(grid[i].Seen, grid[farthest].Seen));
        }
        Assert.Equal(chosen, Colors);

        static IEnumerable<byte> Steps() => Enumerable.Range(0, 16).Select(i => (byte)(17 * i));
    }

    [Fact]
    public void FirstColors_AreThoseOfOkabeAndIto() => Assert.Equal(
        ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"],
        Colors[..7].Select(color => color.ToString()));

    [Fact]
    public void Names_AreLegibleOnEveryColor() => Assert.All(Colors, color =>
    {
        var (plate, text) = (color.Luminance, color.Contrast.Luminance);
        var (light, dark) = (Math.Max(plate, text), Math.Min(plate, text));
        Assert.True((light + 0.05) / (dark + 0.05) >= 4.5, $"{color}");
    });

    [Fact]
    public void AnyLabel_HasAColor()
    {
        Assert.Equal(DetectionPainter.ColorOf(3), DetectionPainter.ColorOf(3 + Palette.Count));
        Assert.NotEqual(default, DetectionPainter.ColorOf(-1));
        Assert.NotEqual(default, DetectionPainter.ColorOf(int.MaxValue));
    }
}
