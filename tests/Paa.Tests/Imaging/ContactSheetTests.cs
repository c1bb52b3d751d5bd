using Paa.Imaging;

namespace Paa.Tests.Imaging;

public class ContactSheetTests
{
    static readonly ContactSheetOptions Options = new() { CellWidth = 40, CellHeight = 30, Margin = 4, Background = Color.Black };

    [Fact]
    public void Pictures_StandInRows()
    {
        using var sheet = new ContactSheet(3, Options);                           // 2 columns, 2 rows
        Color[] colors = [new(200, 0, 0), new(0, 200, 0), new(0, 0, 200)];
        foreach (var color in colors)
        {
            using var image = new Image(60, 80, color);
            sheet.Add(image, "");
        }
        Assert.Equal(2 * 44 + 4, sheet.Picture.Width);
        var rowHeight = (sheet.Picture.Height - 4) / 2;
        Assert.Equal(colors[0], At(4, 4));
        Assert.Equal(colors[1], At(4, 48));
        Assert.Equal(colors[2], At(4 + rowHeight, 4));
        Assert.Equal(Color.Black, At(4 + rowHeight, 60));
        Assert.Throws<InvalidOperationException>(() => sheet.Add(sheet.Picture, ""));

        Color At(int y, int x)
        {
            var pixel = sheet.Picture.Row(y).Slice(x * 3, 3);
            return new Color(pixel[2], pixel[1], pixel[0]);
        }
    }

    [Fact]
    public void Caption_StaysInItsCell()
    {
        using var sheet = new ContactSheet(2, Options with { Columns = 2 });
        using var image = new Image(30, 40);
        sheet.Add(image, "a caption much longer than its cell");
        var lit = Enumerable.Range(0, sheet.Picture.Width * sheet.Picture.Height).Where(i => sheet.Picture.Pixels[i * 3] > 0)
            .Select(i => (Y: i / sheet.Picture.Width, X: i % sheet.Picture.Width)).ToArray();
        Assert.NotEmpty(lit);
        Assert.InRange(lit.Max(p => p.X), 20, 44);
        Assert.InRange(lit.Min(p => p.Y), 34, 44);
        Assert.InRange(lit.Max(p => p.Y), 38, sheet.Picture.Height - 1);
    }

    [Theory]
    [InlineData(500, 2), InlineData(2, 500), InlineData(1, 1)]
    public void AnyShape_Fits(int height, int width)
    {
        using var sheet = new ContactSheet(1, Options);
        using var image = new Image(height, width, Color.White);
        sheet.Add(image, "x");
        Assert.Equal(48, sheet.Picture.Width);
    }
}
