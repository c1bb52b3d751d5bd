using Paa.Boxes;
using Paa.Data;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Benchmarks.Works;

/// <summary>From a JPEG file to the network's input: decode, resize, flip every second time, normalise, pad, to planes.</summary>
/// <remarks>
/// Settings: <c>data=DIR</c> for the picture <c>photo_HEIGHTxWIDTH.jpg</c>, made if it is missing; its <c>height</c>
/// and <c>width</c>; <c>long</c> and <c>short</c> sides that the resized picture must fit into.
/// </remarks>
sealed class ImageWork : IWork
{
    readonly string _file;
    readonly string? _temporary;
    readonly ImageScale _scale;
    readonly ImageTransform _transform;
    float[] _pixels = [];
    bool _isFlipped;

    public ImageWork(WorkSettings settings)
    {
        settings.Int("threads", 1);
        var (height, width) = (settings.Int("height", 480), settings.Int("width", 640));
        _scale = new ImageScale(settings.Int("long", 1333), settings.Int("short", 800));
        var data = new DataOptions();
        _transform = new ImageTransform(data.Normalization, data.SizeDivisor);
        var folder = settings.Text("data");
        if (folder.Length == 0) folder = _temporary = Directory.CreateTempSubdirectory("paa-image-").FullName;
        Directory.CreateDirectory(folder);
        _file = Path.Combine(folder, $"photo_{height}x{width}.jpg");
        if (!File.Exists(_file)) WritePhoto(_file, height, width);
    }

    /// <summary>Mean of the absolute values.</summary>
    public double? Answer => _pixels.Average(value => (double)Math.Abs(value));

    public void Run()
    {
        using var image = Image.Load(_file);
        var geometry = _transform.Plan(new ImageSize(image.Height, image.Width), new ImageView(_scale, _isFlipped));
        _isFlipped = !_isFlipped;
        using var resized = new ResizedImage(image, geometry);
        var length = Image.Channels * geometry.PadShape.Area;
        if (_pixels.Length != length) _pixels = new float[length];      // a batch's canvas, which a loader reuses
        _transform.Write(resized, _pixels, geometry.PadShape);
    }

    public void Dispose()
    {
        if (_temporary is not null) Directory.Delete(_temporary, recursive: true);
    }

    /// <summary>Soft shapes under some noise: as many bytes as a photo has.</summary>
    public static void WritePhoto(string file, int height, int width)
    {
        const int Coarse = 10, Noise = 8;
        var random = new Random(3);
        using var small = new Image(Math.Max(1, height / Coarse), Math.Max(1, width / Coarse));
        random.NextBytes(small.Pixels);
        using var photo = small.Resize(height, width);
        foreach (ref var value in photo.Pixels) value = (byte)Math.Clamp(value + random.Next(-Noise, Noise + 1), 0, 255);
        photo.Save(file);
    }
}
