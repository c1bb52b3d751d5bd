using Paa.Boxes;

namespace Paa.Tests.Boxes;

public class BoxVectorsTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(5)]
    public void DecodeAndGiou_EqualThoseOfSingleBoxes(int count)
    {
        var random = new Random(count);
        for (var round = 0; round < 200; round++)
        {
            Box[] anchors = [.. Enumerable.Range(0, count).Select(_ => RandomBoxes.Next(random, 300))];
            Box[] boxes = [.. Enumerable.Range(0, count).Select(_ => RandomBoxes.Next(random, 300))];
            BoxDeltas[] deltas = [.. Enumerable.Range(0, count).Select(_ => new BoxDeltas(
                Delta(20), Delta(20), Delta(30), Delta(30)))];      // beyond 20.7 the size is clamped
            var giou = BoxOverlap.Giou(BoxCoder.Decode(BoxVectors.Load(anchors), deltas), BoxVectors.Load(boxes));
            for (var i = 0; i < count; i++)
                Assert.Equal(BoxOverlap.Giou(BoxCoder.Decode(anchors[i], deltas[i]), boxes[i]), giou[i], 1e-5f);
        }

        float Delta(float range) => range * (2 * random.NextSingle() - 1);
    }

    [Fact]
    public void Giou_OfEqualBoxesApartAndEmpty()
    {
        Box[] first = [new(0, 0, 10, 10), new(0, 0, 10, 10), default, new(float.NaN, 0, 1, 1)];
        Box[] second = [new(0, 0, 10, 10), new(20, 0, 30, 10), default, new(0, 0, 1, 1)];
        var giou = BoxOverlap.Giou(BoxVectors.Load(first), BoxVectors.Load(second));
        Assert.Equal(1, giou[0]);
        Assert.Equal(-1f / 3, giou[1], 1e-6f);
        for (var i = 0; i < 3; i++) Assert.Equal(BoxOverlap.Giou(first[i], second[i]), giou[i]);
        Assert.True(float.IsNaN(giou[3]));
    }
}
