using System.Text.Json;
using Paa.Boxes;
using Paa.Data;
using Paa.Imaging;
using Paa.Options;
using Paa.Tests.Golden;
using Paa.Tests.Imaging;

namespace Paa.Tests.Data;

/// <summary>Decoding, resizing and normalising against <c>golden/preprocess</c>: bit-equal but for decoded JPEG.</summary>
[Trait("Category", "Golden")]
public class ImageTransformGoldenTests
{
    const string Index = "preprocess/preprocess.json";

    public static TheoryData<string> Images => GoldenFolder.Has(Index)
        ? [.. GoldenFolder.Json(Index).GetProperty("images").EnumerateArray()
            .Select(image => image.GetProperty("file").GetString()!)]
        : [GoldenFolder.Absent];

    [SkippableTheory, MemberData(nameof(Images))]
    public void Load_GivesTheDecodedPixels(string file)
    {
        var (entry, arrays) = Case(file);
        using var image = Image.Load(GoldenFolder.Require($"preprocess/{file}"));
        Assert.Equal(Size(entry.GetProperty("decoded_hw").Ints()), new ImageSize(image.Height, image.Width));
        var tolerance = entry.GetProperty("lossless").GetBoolean() ? 0 : 3;      // versions of libjpeg may differ
        var expected = arrays["bgr"].As<byte>();
        for (var i = 0; i < expected.Length; i++) Assert.InRange(image.Pixels[i] - expected[i], -tolerance, tolerance);
    }

    [SkippableTheory, MemberData(nameof(Images))]
    public void Resize_IsBitEqual(string file)
    {
        var (entry, arrays) = Case(file);
        using var image = Decoded(arrays);
        using var resized = new ResizedImage(image, Geometry(Transform(), image, entry));
        Assert.True(resized.Bytes!.Pixels.SequenceEqual(arrays["resized_bgr"].As<byte>()));
    }

    [SkippableTheory, MemberData(nameof(Images))]
    public void Apply_IsBitEqual(string file)
    {
        var (entry, arrays) = Case(file);
        using var image = Decoded(arrays);
        var transform = Transform();
        var geometry = Geometry(transform, image, entry);
        Assert.Equal(Size(entry.GetProperty("img_shape").Ints()), geometry.ImageShape);
        Assert.Equal(Size(entry.GetProperty("pad_shape").Ints()), geometry.PadShape);
        float[] scale = [geometry.WidthScale, geometry.HeightScale, geometry.WidthScale, geometry.HeightScale];
        Assert.Equal(arrays.Floats("scale_factor"), scale);
        Assert.True(transform.Apply(image, geometry).AsSpan().SequenceEqual(arrays.Floats("tensor")));
    }

    [SkippableTheory, MemberData(nameof(Images))]
    public void ToInput_GivesTheBoxes(string file)
    {
        var (entry, arrays) = Case(file);
        using var image = Decoded(arrays);
        var geometry = Geometry(Transform(), image, entry);
        Assert.Equal(arrays.Boxes("boxes_out"), arrays.Boxes("boxes").Select(geometry.ToInput));
    }

    [SkippableFact]
    public void Fit_GivesTheTableOfSizes()
    {
        var table = GoldenFolder.Json(Index).GetProperty("size_table");
        var scale = ImageScale.From(table.GetProperty("scale").Ints());
        foreach (var row in table.GetProperty("rows").EnumerateArray())
        {
            var geometry = ImageGeometry.Fit(new ImageSize(Int("h"), Int("w")), scale, sizeDivisor: 32);
            Assert.Equal(new ImageSize(Int("new_h"), Int("new_w")), geometry.ImageShape);
            Assert.Equal(new ImageSize(Int("pad_h"), Int("pad_w")), geometry.PadShape);
            Assert.Equal((float)row.GetProperty("w_scale").GetDouble(), geometry.WidthScale);
            Assert.Equal((float)row.GetProperty("h_scale").GetDouble(), geometry.HeightScale);

            int Int(string name) => row.GetProperty(name).GetInt32();
        }
    }

    [SkippableFact]
    public void FullScale_IsBitEqual()
    {
        var entry = GoldenFolder.Json(Index).GetProperty("full_scale");
        var arrays = GoldenFolder.Arrays("preprocess/full_scale.npz");
        using var image = Image.Load(GoldenFolder.Require($"preprocess/{entry.GetProperty("file").GetString()}"));
        Assert.True(image.Pixels.SequenceEqual(arrays["bgr"].As<byte>()));
        var transform = Transform();
        var geometry = transform.Plan(new ImageSize(image.Height, image.Width), new ImageView(new(1333, 800)));
        var pixels = transform.Apply(image, geometry);
        Assert.Equal(Size(arrays.Ints("tensor_shape")[1..]), geometry.PadShape);
        Assert.Equal(arrays.Floats("value"), arrays.Ints("flat_index").Select(i => pixels[i]));
        var sum = entry.GetProperty("tensor_sum").GetDouble();
        Assert.Equal(sum, pixels.Sum(value => (double)value), Math.Abs(sum) * 1e-9);        // order of the additions
    }

    static ImageSize Size(int[] heightWidth) => new(heightWidth[0], heightWidth[1]);

    static ImageTransform Transform()
    {
        var index = GoldenFolder.Json(Index);
        var (mean, deviation) = (Doubles(index.GetProperty("mean")), Doubles(index.GetProperty("std")));
        return new ImageTransform(new NormalizationOptions { Mean = mean, Std = deviation }, sizeDivisor: 32);

        static double[] Doubles(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetDouble())];
    }

    static (JsonElement Entry, Npz Arrays) Case(string file)
    {
        var entry = GoldenFolder.Json(Index).GetProperty("images").EnumerateArray()
            .First(image => image.GetProperty("file").GetString() == file);
        return (entry, GoldenFolder.Arrays($"preprocess/{file}.npz"));
    }

    static Image Decoded(Npz arrays) =>
        TestImages.FromPixels(arrays["bgr"].As<byte>(), arrays.Shape("bgr")[0], arrays.Shape("bgr")[1]);

    static ImageGeometry Geometry(ImageTransform transform, Image image, JsonElement entry) => transform.Plan(
        new ImageSize(image.Height, image.Width),
        new ImageView(ImageScale.From(entry.GetProperty("scale").Ints()), entry.GetProperty("flip").GetBoolean()));
}
