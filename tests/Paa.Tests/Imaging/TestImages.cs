using Paa.Imaging;

namespace Paa.Tests.Imaging;

/// <summary>The files of <c>tests/data/images</c> and pictures made on the spot.</summary>
static class TestImages
{
    public static string Folder { get; } = FindFolder();

    public static string PathOf(string name) => Path.Combine(Folder, name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    /// <summary>Files that have an expected picture beside them.</summary>
    public static IEnumerable<string> Names =>
        Directory.GetFiles(Folder).Where(path => File.Exists(path + ".expected.png"))
            .Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    /// <summary>A picture from raw BGR bytes.</summary>
    public static Image FromPixels(ReadOnlySpan<byte> pixels, int height, int width)
    {
        var image = new Image(height, width);
        pixels.CopyTo(image.Pixels);
        return image;
    }

    /// <summary>A picture of pseudo-random bytes.</summary>
    public static Image Noise(int height, int width, int seed = 1)
    {
        var image = new Image(height, width);
        new Random(seed).NextBytes(image.Pixels);
        return image;
    }

    static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Paa.slnx")))
                return Path.Combine(folder.FullName, "tests", "data", "images");
        throw new DirectoryNotFoundException($"No Paa.slnx above {AppContext.BaseDirectory}.");
    }
}
