using Paa.Imaging;
using Paa.Tests.Data;

namespace Paa.Tests.Training;

/// <summary>Writes a few noisy pictures of coloured squares with their COCO annotations: red is class 0, green class 1.</summary>
static class SquaresDataset
{
    public static readonly string[] Classes = ["red", "green"];

    static readonly (byte Blue, byte Green, byte Red)[] Colors = [(30, 30, 220), (40, 200, 40)];

    /// <summary>Writes <c>NAME.json</c> and a folder <c>NAME</c> of pictures, 64 to 80 pixels high and up to 96 wide.</summary>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="name">Name of the set.</param>
    /// <param name="imageCount">Number of pictures.</param>
    /// <param name="seed">Equal seeds give equal files.</param>
    /// <param name="emptyCount">The last ones have no square.</param>
    /// <param name="classes">Names of the categories; null: <see cref="Classes"/>.</param>
    public static void Write(
        string folder, string name, int imageCount, int seed = 1, int emptyCount = 0, string[]? classes = null)
    {
        var random = new Random(seed);
        var annotations = new CocoBuilder();
        foreach (var (label, category) in (classes ?? Classes).Index()) annotations.AddCategory(label + 1, category);
        Directory.CreateDirectory(Path.Combine(folder, name));
        for (var id = 1; id <= imageCount; id++)
        {
            using var image = Noise(random, random.Next(64, 80), random.Next(80, 97));        // all in one aspect group
            var squareCount = id > imageCount - emptyCount ? 0 : 1 + id % 2;
            for (var i = 0; i < squareCount; i++)
            {
                var side = random.Next(20, 31);
                // The squares of a picture are side by side.
                var x = random.Next(i * image.Width / squareCount, (i + 1) * image.Width / squareCount - side + 1);
                var y = random.Next(image.Height - side + 1);
                var label = random.Next(Classes.Length);
                Fill(image, x, y, side, Colors[label]);
                annotations.AddObject(id, label + 1, [x, y, side, side]);
            }
            image.Save(Path.Combine(folder, name, $"{id}.png"));
            annotations.AddImage(id, $"{id}.png", image.Width, image.Height);
        }
        annotations.Write(Path.Combine(folder, $"{name}.json"));
    }

    static Image Noise(Random random, int height, int width)
    {
        var image = new Image(height, width);
        foreach (ref var value in image.Pixels) value = (byte)random.Next(90, 150);
        return image;
    }

    static void Fill(Image image, int left, int top, int side, (byte Blue, byte Green, byte Red) color)
    {
        for (var y = top; y < top + side; y++)
        {
            var row = image.Row(y);
            for (var x = left; x < left + side; x++)
                (row[x * 3], row[x * 3 + 1], row[x * 3 + 2]) = color;
        }
    }
}
