using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Paa.Boxes;
using Paa.Data;
using Paa.Export;
using Paa.Imaging;
using Paa.Onnx;
using Paa.Options;

namespace Paa.Tests.Export;

/// <summary>Pictures become the network's input in a graph as they do in Paa.</summary>
public class InputGraphTests
{
    [Theory]
    [InlineData(480, 640, 1333, 800)]               // a photograph of COCO
    [InlineData(100, 37, 64, 48)]
    [InlineData(37, 100, 333, 200)]
    [InlineData(64, 48, 32, 24)]                    // exactly half
    [InlineData(48, 64, 64, 48)]                    // as it is
    [InlineData(1, 1, 40, 40)]
    [InlineData(1, 300, 64, 64)]
    public void DecodedImages_AreResizedNormalizedAndPadded(int height, int width, int longSide, int shortSide)
    {
        foreach (var toRgb in new[] { true, false })
        {
            var data = new DataOptions
            {
                Test = new DatasetOptions { Scales = [[longSide, shortSide]] },
                Normalization = new NormalizationOptions { ToRgb = toRgb },
            };
            using var image = Noise(height, width);
            var transform = new ImageTransform(data.Normalization, data.SizeDivisor);
            var geometry = transform.Plan(new ImageSize(height, width), ImageView.Plain(data.Test));
            var (pixels, shape, limits, scales) = Run(data, OnnxInput.Decoded, image);
            Assert.Equal([1, 3, geometry.PadShape.Height, geometry.PadShape.Width], shape);
            AssertClose(transform.Apply(image, geometry), pixels);
            float[] expected = [geometry.ImageShape.Width, geometry.ImageShape.Height];
            Assert.Equal([.. expected, .. expected], limits);
            float[] factors = [geometry.WidthScale, geometry.HeightScale];
            Assert.Equal([.. factors, .. factors], scales);
        }
    }

    [Fact]
    public void ResizedImages_AreNormalizedAndPadded()
    {
        var data = new DataOptions { Normalization = new() { Mean = [1, 2, 3], Std = [4, 5, 6] }, SizeDivisor = 16 };
        using var image = Noise(30, 47);
        var transform = new ImageTransform(data.Normalization, data.SizeDivisor);
        var geometry = ImageGeometry.Unchanged(new(30, 47)) with { PadShape = new ImageSize(32, 48) };
        var (pixels, _, limits, scales) = Run(data, OnnxInput.Resized, image, new ImageSize(60, 47));
        AssertClose(transform.Apply(image, geometry), pixels);
        Assert.Equal([47, 30, 47, 30], limits);
        Assert.Equal([1, 0.5f, 1, 0.5f], scales);
    }

    /// <summary>The last digit may differ: the graph has a factor in single precision.</summary>
    static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-6f * MathF.Max(1, MathF.Abs(expected[i])));
    }

    static Image Noise(int height, int width)
    {
        var pixels = new byte[3 * height * width];
        new Random(height * width).NextBytes(pixels);
        var image = new Image(height, width);
        pixels.CopyTo(image.Pixels);
        return image;
    }

    static (float[] Pixels, int[] Shape, float[] Limits, float[] Scales) Run(
        DataOptions data, OnnxInput kind, Image image, ImageSize? original = null)
    {
        var model = new OnnxModel();
        var (network, frame) = new InputGraph(model, data, "height", "width").Add(kind, wantsFrame: true);
        network.Output("network", OnnxType.Float32, "n", 3, "h", "w");
        frame!.Limits.Output("limits", OnnxType.Float32, "m", 1, 4);
        frame.Scales.Output("scales", OnnxType.Float32, "m", 1, 4);
        using var session = new InferenceSession(model.ToBytes());
        var rgb = image.Pixels.ToArray();
        for (var i = 0; i < rgb.Length; i += 3) (rgb[i], rgb[i + 2]) = (rgb[i + 2], rgb[i]);
        List<NamedOnnxValue> inputs =
            [NamedOnnxValue.CreateFromTensor("images", new DenseTensor<byte>(rgb, [1, image.Height, image.Width, 3]))];
        if (original is { } size)
            inputs.Add(NamedOnnxValue.CreateFromTensor(
                "original_sizes", new DenseTensor<long>(new long[] { size.Height, size.Width }, [1, 2])));
        using var results = session.Run(inputs);
        var values = results.Select(result => result.AsTensor<float>()).ToArray();
        return ([.. values[0]], values[0].Dimensions.ToArray(), [.. values[1]], [.. values[2]]);
    }
}
