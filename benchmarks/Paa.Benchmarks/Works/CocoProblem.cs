using Paa.Evaluation;
using Paa.Tests.Data;

namespace Paa.Benchmarks.Works;

/// <summary>A data set and detections of any size: each image has objects of few classes, most of them found, and
/// clutter.</summary>
/// <param name="Images">Images of 640x480.</param>
/// <param name="Classes">Categories.</param>
/// <param name="Boxes">Objects in all.</param>
/// <param name="Detections">Detections of each image.</param>
sealed record CocoProblem(int Images, int Classes, int Boxes, int Detections)
{
    const int Width = 640, Height = 480, ClassesPerImage = 4;

    /// <summary>Writes both files, the results last; equal sizes give equal files.</summary>
    public void Write(string annotations, string results)
    {
        var random = new Random(2);
        var problem = new CocoBuilder();
        for (var image = 1; image <= Images; image++) problem.AddImage(image, $"{image:D12}.jpg", Width, Height);
        for (var category = 0; category < Classes; category++) problem.AddCategory(category + 1, $"class_{category}");
        var found = new List<CocoResult>[Images];
        for (var image = 0; image < Images; image++) found[image] = new List<CocoResult>(Detections);
        for (var i = 0; i < Boxes; i++)
        {
            var image = random.Next(Images);
            var (x, y, width, height) = RandomBox(random);
            var category = Category(random, image);
            problem.AddObject(image + 1, category, [x, y, width, height],
                area: Math.Round(0.7 * width * height, 2), isCrowd: random.NextDouble() < 0.01);
            if (random.NextDouble() > 0.18 && found[image].Count < Detections)
                found[image].Add(
                    new CocoResult(image + 1, category, Shift(x, width), Shift(y, height), width, height, Score(0.7)));
        }
        Directory.CreateDirectory(Path.GetDirectoryName(annotations)!);
        problem.Write(annotations);

        for (var image = 0; image < Images; image++)
            while (found[image].Count < Detections)
            {
                var (x, y, width, height) = RandomBox(random);
                var category = random.NextDouble() < 0.5 ? Category(random, image) : 1 + random.Next(Classes);
                found[image].Add(
                    new CocoResult(image + 1, category, x, y, width, height, Score(0.4)));
            }
        CocoResults.Write(results, found.SelectMany(image => image));

        double Shift(double at, double side) => Math.Round(Math.Max(0, at + 0.15 * side * (random.NextDouble() - 0.5)), 2);
        double Score(double highest) => Math.Round(0.05 + highest * random.NextDouble(), 5);
    }

    int Category(Random random, int image) => 1 + (image * 7 + random.Next(ClassesPerImage) * 13) % Classes;

    static (double X, double Y, double Width, double Height) RandomBox(Random random)
    {
        var (width, height) = (Side(Width), Side(Height));
        return (Math.Round(random.NextDouble() * (Width - width), 2), Math.Round(random.NextDouble() * (Height - height), 2),
            width, height);

        double Side(int limit) => Math.Round(Math.Min(limit - 1, 8 * Math.Exp(random.NextDouble() * Math.Log(45))), 2);
    }
}
