using Paa.Data;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Tests.Data;

/// <summary>A data set of small pictures, two boxes each, gone after the test.</summary>
sealed class PictureFolder : IDisposable
{
    readonly TemporaryFolder _folder = new();

    /// <summary>Image i is of size 96 x 64 or, every fourth, 64 x 96; its colour tells it from the others.</summary>
    public PictureFolder(int count = 11)
    {
        var annotations = new CocoBuilder().AddCategory(4, "a").AddCategory(5, "b");
        for (var i = 0; i < count; i++)
        {
            var (width, height) = i % 4 == 3 ? (64, 96) : (96, 64);
            using var image = new Image(height, width, new Color((byte)(i * 20), (byte)(255 - i * 20), 128));
            image.FillRectangle(10, 20, 30, 40, new Color(255, 255, 0));
            image.Save(PathOf(i));
            annotations.AddImage(100 + i, $"{i}.png", width, height)
                .AddObject(100 + i, 5, [10, 20, 30, 40]).AddObject(100 + i, 4, [i, 0, 16, 20]);
        }
        AnnotationFile = annotations.Write(_folder["instances.json"]);
    }

    public string AnnotationFile { get; }

    public string PathOf(int image) => Path.Combine(_folder.Path, $"{image}.png");

    public DatasetOptions Options =>
        new() { AnnotationFiles = [AnnotationFile], ImageFolders = [_folder.Path], Scales = [[160, 96]] };

    public CocoDataset Load() => CocoDataset.Load(Options);

    public PaaConfig Config(int threads, int batchSize = 2) => new()
    {
        Seed = 3,
        Data = new DataOptions
        {
            BatchSize = batchSize,
            LoaderThreads = threads,
            Train = Options with
            {
                Scales = [[160, 64], [160, 128]],
                ScaleMode = ScaleMode.Range,
                FlipProbability = [0.5],
                SkipEmptyImages = true,
            },
        },
    };

    public void Dispose() => _folder.Dispose();
}
