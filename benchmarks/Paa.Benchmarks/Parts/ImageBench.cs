using BenchmarkDotNet.Attributes;
using Paa.Benchmarks.Works;
using Paa.Imaging;

namespace Paa.Benchmarks.Parts;

/// <summary>The steps of the image pipeline: 640x480 to 800x1067 in a canvas of 800x1088.</summary>
public class ImageBench
{
    const int Height = 800, Width = 1067, CanvasWidth = 1088;

    readonly PixelNormalizer _normalizer = new([123.675, 116.28, 103.53], [58.395, 57.12, 57.375]);
    readonly float[] _canvas = new float[3 * Height * CanvasWidth];
    byte[] _file = [];
    Image _image = null!, _resized = null!;

    [GlobalSetup]
    public void Setup()
    {
        var path = Path.Combine(Path.GetTempPath(), $"paa-{Guid.NewGuid():N}.jpg");
        ImageWork.WritePhoto(path, height: 480, width: 640);
        _file = File.ReadAllBytes(path);
        File.Delete(path);
        _image = Image.Decode(_file);
        _resized = _image.Resize(Height, Width);
    }

    [Benchmark]
    public void Decode() => Image.Decode(_file).Dispose();

    [Benchmark]
    public void Resize() => _image.Resize(Height, Width).Dispose();

    [Benchmark]
    public void Normalize() =>
        _normalizer.Write(_resized, flipHorizontal: false, flipVertical: false, _canvas, Height, CanvasWidth);

    [Benchmark]
    public void NormalizeFlipped() =>
        _normalizer.Write(_resized, flipHorizontal: true, flipVertical: false, _canvas, Height, CanvasWidth);
}
