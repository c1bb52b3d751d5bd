using System.Text.Json;
using Paa.Data.Synth;
using Paa.Imaging;

namespace Paa.Tests.Data.Synth;

public class SynthDatasetTests
{
    static readonly SynthOptions Small = new()
    {
        TrainImages = 24,
        ValImages = 6,
        TestImages = 0,
        Height = 96,
        Width = 128,
        CrowdRatio = 0.3,
        EmptyRatio = 0.2,
    };

    [Fact]
    public void SameOptions_GiveTheSameFiles()
    {
        var (first, second, other) = (Make(Small), Make(Small), Make(Small with { Seed = 1 }));
        var names = Names(first);
        Assert.Equal(names, Names(second));
        foreach (var name in names)
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(first, name)), File.ReadAllBytes(Path.Combine(second, name)));
            Assert.NotEqual(File.ReadAllBytes(Path.Combine(first, name)), File.ReadAllBytes(Path.Combine(other, name)));
        }

        static string[] Names(string folder) =>
            [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void MoreImages_KeepTheFirstOnes()
    {
        var few = Make(Small with { TrainImages = 2, ValImages = 0 });
        var many = Make(Small with { TrainImages = 4, ValImages = 0 });
        foreach (var path in Directory.GetFiles(Path.Combine(few, "images")))
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(many, "images", Path.GetFileName(path))));
    }

    [Fact]
    public void Annotations_AreSoundCoco()
    {
        var folder = Make(Small);
        foreach (var (split, count) in new[] { ("train", 24), ("val", 6) })
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, split + ".json")));
            var categories = json.RootElement.GetProperty("categories").EnumerateArray()
                .Select(item => item.GetProperty("name").GetString());
            Assert.Equal(["circle", "square", "triangle", "star"], categories);
            var images = json.RootElement.GetProperty("images").EnumerateArray().ToArray();
            Assert.Equal(Enumerable.Range(1, count), images.Select(image => image.GetProperty("id").GetInt32()));
            foreach (var image in images)
            {
                using var pixels = Image.Load(Path.Combine(folder, "images", image.GetProperty("file_name").GetString()!));
                Assert.Equal((image.GetProperty("height").GetInt32(), image.GetProperty("width").GetInt32()),
                    (pixels.Height, pixels.Width));
            }
            var annotations = json.RootElement.GetProperty("annotations").EnumerateArray().ToArray();
            Assert.Equal(Enumerable.Range(1, annotations.Length), annotations.Select(item => item.GetProperty("id").GetInt32()));
            foreach (var item in annotations)
            {
                var box = item.GetProperty("bbox").EnumerateArray().Select(number => number.GetInt32()).ToArray();
                Assert.True(box[0] >= 0 && box[1] >= 0 && box[0] + box[2] <= Small.Width && box[1] + box[3] <= Small.Height);
                Assert.InRange(item.GetProperty("area").GetInt32(), 1, box[2] * box[3]);
                Assert.InRange(item.GetProperty("category_id").GetInt32(), 1, 4);
                Assert.InRange(item.GetProperty("image_id").GetInt32(), 1, count);
            }
        }
        Assert.False(File.Exists(Path.Combine(folder, "test.json")));
    }

    [Fact]
    public void Content_IsVaried()
    {
        var folder = Directory.CreateTempSubdirectory("paa").FullName;
        var summary = SynthDataset.Write(folder, Small with { TrainImages = 100 });
        Assert.Equal(106, summary.Images);
        Assert.InRange(summary.EmptyImages, 8, 40);
        Assert.InRange(summary.Crowds, 10, 50);
        Assert.InRange(summary.Objects, 150, 400);
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "train.json")));
        var annotations = json.RootElement.GetProperty("annotations").EnumerateArray();
        var single = annotations.Where(item => item.GetProperty("iscrowd").GetInt32() == 0).ToArray();
        Assert.Equal(4, single.Select(item => item.GetProperty("category_id").GetInt32()).Distinct().Count());
        var widths = single.Select(item => item.GetProperty("bbox")[2].GetInt32()).Order().ToArray();
        Assert.True(widths[^(widths.Length / 10)] > 2.5 * widths[widths.Length / 10], "sizes differ widely");
    }

    [Fact]
    public void ExtremeOptions_Work()
    {
        var narrow = Small with
        {
            Height = 32,
            Width = 600,
            Shapes = [SynthShape.Cross],
            MaxObjects = 50,
            MaxSize = 1,
            CrowdRatio = 1,
        };
        Assert.Equal(30, SynthDataset.Write(Directory.CreateTempSubdirectory("paa").FullName, narrow).Images);
    }

    [Fact]
    public void WrongOptions_AreNamed()
    {
        var error = Assert.Throws<ArgumentException>(() => Make(Small with { MinSize = 0.9 }));
        Assert.Equal("Synthetic data: sizes must be 0 < min <= max <= 1, got 0.9 and 0.6.", error.Message);
        Assert.Throws<ArgumentException>(() => Make(Small with { Shapes = [SynthShape.Star, SynthShape.Star] }));
        Assert.Throws<ArgumentException>(() => Make(Small with { Height = 5 }));
    }

    [Fact]
    public void Cancellation_Stops() => Assert.Throws<OperationCanceledException>(() =>
        SynthDataset.Write(Directory.CreateTempSubdirectory("paa").FullName, Small,
            cancellation: new CancellationToken(canceled: true)));

    [Fact]
    public void Progress_CountsEveryImage()
    {
        var counter = new Counter();
        SynthDataset.Write(Directory.CreateTempSubdirectory("paa").FullName, Small, counter);
        Assert.Equal(30, counter.Highest);
    }

    static string Make(SynthOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("paa").FullName;
        SynthDataset.Write(folder, options);
        return folder;
    }

    sealed class Counter : IProgress<int>
    {
        readonly Lock _lock = new();

        public int Highest { get; private set; }

        public void Report(int value)
        {
            lock (_lock) Highest = Math.Max(Highest, value);
        }
    }
}
