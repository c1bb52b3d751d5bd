using Paa.Boxes;
using Paa.Tests.Golden;

namespace Paa.Tests.Boxes;

public class AnchorGridTests
{
    public static TheoryData<string> GoldenGrids => GoldenFolder.Files("anchors", "*.npz");

    [Fact]
    public void Grid_LiesOnMultiplesOfTheStride()
    {
        var generator = new AnchorGenerator(new() { Strides = [4, 8], Scale = 3 });
        var grid = generator.Grid(new ImageSize(8, 12));
        Assert.Equal([new ImageSize(2, 3), new ImageSize(1, 2)], grid.Levels.Select(level => level.Size));
        Assert.Equal([0, 6, 8], grid.LevelStarts);
        Assert.Equal(new Box(-6, -6, 6, 6), grid.Boxes[0]);
        Assert.Equal(new Box(-2, -2, 10, 10), grid.Boxes[4]);               // second row, second column
        Assert.Equal(new Box(-4, -12, 20, 12), grid.Boxes[7]);
    }

    [Fact]
    public void ValidFlags_AreThoseOfTheImagesOwnSize()
    {
        var grid = new AnchorGenerator(new() { Strides = [8] }).Grid(new ImageSize(16, 24));
        var valid = new bool[grid.Count];
        Array.Fill(valid, true);
        grid.ValidFlags(new ImageSize(16, 9), valid);
        Assert.Equal([true, true, false, true, true, false], valid);
    }

    [Fact]
    public void Grid_OfSameSizes_IsMadeOnce()
    {
        var generator = new AnchorGenerator(new());
        var first = generator.Grid(new ImageSize(64, 96));
        Assert.NotSame(first, generator.Grid(new ImageSize(96, 64)));
        Assert.Same(first, generator.Grid(generator.FeatureSizes(new ImageSize(61, 93))));
    }

    [Fact]
    public void Options_ThatMakeNoAnchors_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new AnchorGenerator(new() { Strides = [8, 0] }));
        Assert.Throws<ArgumentException>(() => new AnchorGenerator(new() { Scale = double.NaN }));
        Assert.Throws<ArgumentException>(() => new AnchorGenerator(new()).Grid([new ImageSize(1, 1)]));
    }

    [SkippableTheory]
    [Trait("Category", "Golden")]
    [MemberData(nameof(GoldenGrids))]
    public void Grid_MatchesGolden(string file)
    {
        var data = GoldenFolder.Arrays(file);
        ImageSize[] sizes = [.. data.Ints("feature_sizes").Chunk(2).Select(size => new ImageSize(size[0], size[1]))];
        var grid = Generator().Grid(sizes);
        Assert.Equal(grid.Boxes, sizes.SelectMany((_, level) => data.Boxes($"anchors_{level}")));
        foreach (var (j, pad) in data.Ints("pads").Chunk(2).Index())
        {
            var valid = new bool[grid.Count];
            grid.ValidFlags(new ImageSize(pad[0], pad[1]), valid);
            Assert.Equal(sizes.SelectMany((_, level) => data.Flags($"pad{j}_valid_{level}")), valid);
        }
    }

    [SkippableFact]
    [Trait("Category", "Golden")]
    public void FeatureSizes_MatchGolden()
    {
        foreach (var entry in GoldenFolder.Json("anchors/anchors.json").GetProperty("feature_sizes").EnumerateObject())
        {
            int[] input = [.. entry.Name.Split('x').Select(int.Parse)];
            Assert.Equal(
                entry.Value.EnumerateArray().Select(size => new ImageSize(size[0].GetInt32(), size[1].GetInt32())),
                Generator().FeatureSizes(new ImageSize(input[0], input[1])));
        }
    }

    static AnchorGenerator Generator()
    {
        var settings = GoldenFolder.Json("anchors/anchors.json");
        return new(new()
        {
            Strides = settings.GetProperty("strides").Ints(),
            Scale = settings.GetProperty("scale").GetDouble(),
        });
    }
}
