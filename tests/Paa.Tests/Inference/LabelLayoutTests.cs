using Paa.Inference;

namespace Paa.Tests.Inference;

public class LabelLayoutTests
{
    const int PlateHeight = 16;
    const int PlateWidth = 70;

    [Fact]
    public void FirstChoice_IsAboveTheBoxAtItsLeft() =>
        Assert.Equal(new PixelRectangle(50, 84, 120, 100), Place([new(50, 100, 200, 200)])[0]);

    [Fact]
    public void Plates_OfTheSameBox_DoNotCover()
    {
        var plates = Place([.. Enumerable.Repeat(new PixelRectangle(150, 100, 250, 200), 12)]);
        AssertApart(plates);
    }

    [Fact]
    public void CrowdOfSmallObjects_IsNotCovered()
    {
        var boxes = (from row in Enumerable.Range(0, 4)
                     from column in Enumerable.Range(0, 6)
                     select new PixelRectangle(180 + 14 * column, 180 + 14 * row, 190 + 14 * column, 190 + 14 * row)).ToArray();
        var plates = Place(boxes);
        AssertApart(plates);
        foreach (var box in boxes) Assert.All(plates, plate => Assert.Equal(0, box.HiddenBy(plate)));
    }

    [Fact]
    public void SmallObject_PushesAPlateAway_AndALargeOneDoesNot()
    {
        var box = new PixelRectangle(100, 100, 200, 200);
        var usual = new PixelRectangle(100, 84, 170, 100);
        Assert.Equal(usual, Place([box, new PixelRectangle(0, 0, 400, 400)])[0]);
        Assert.NotEqual(usual, Place([box, new PixelRectangle(110, 86, 118, 96)])[0]);
    }

    [Theory]
    [InlineData(0, 0, 400, 400), InlineData(-90, -90, 5, 5), InlineData(390, 390, 900, 900), InlineData(5000, 5000, 5010, 5010)]
    [InlineData(-5000, 100, -4000, 200), InlineData(-1000000, -1000000, 1000000, 1000000), InlineData(395, 0, 400, 4)]
    public void Plates_StayInsideTheImage(int left, int top, int right, int bottom)
    {
        foreach (var plate in Place([.. Enumerable.Repeat(new PixelRectangle(left, top, right, bottom), 5)]))
        {
            Assert.InRange(plate.Left, 0, 400 - PlateWidth);
            Assert.InRange(plate.Top, 0, 400 - PlateHeight);
        }
    }

    [Fact]
    public void PlateLargerThanTheImage_StartsAtItsUpperLeft()
    {
        PixelRectangle box = new(5, 5, 9, 9);
        var plate = new LabelLayout(10, 20, [box]).Place(box, PlateHeight, PlateWidth);
        Assert.Equal(new PixelRectangle(0, 0, PlateWidth, PlateHeight), plate);
    }

    [Fact]
    public void RandomScenes_KeepTheirNamesApartAndTheirSmallObjectsUncovered()
    {
        var random = new Random(1);
        for (var scene = 0; scene < 50; scene++)
        {
            var boxes = Enumerable.Range(0, 20).Select(_ =>
            {
                var (left, top, size) = (random.Next(380), random.Next(380), random.Next(4, 20));
                return new PixelRectangle(left, top, left + size, top + size);
            }).ToArray();
            var plates = Place(boxes);
            AssertApart(plates);
            Assert.True(boxes.Sum(box => plates.Max(box.HiddenBy)) < 0.5, $"scene {scene}");
        }
    }

    static PixelRectangle[] Place(PixelRectangle[] boxes)
    {
        var layout = new LabelLayout(400, 400, boxes);
        return Array.ConvertAll(boxes, box => layout.Place(box, PlateHeight, PlateWidth));
    }

    static void AssertApart(PixelRectangle[] plates)
    {
        for (var i = 0; i < plates.Length; i++)
            for (var j = 0; j < i; j++) Assert.True(plates[i].HiddenBy(plates[j]) == 0, $"{plates[i]} and {plates[j]}");
    }
}
