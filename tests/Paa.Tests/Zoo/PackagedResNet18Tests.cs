using global::Onnx;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Paa.Checkpoints;
using Paa.Engines;
using Paa.Imaging;
using Paa.Models;
using Paa.Options;
using Paa.Zoo;

namespace Paa.Tests.Zoo;

[Collection("Native")]
public sealed class PackagedResNet18Tests
{
    const int Side = 224;                           // the size that the package's graph is written for
    const string LastSharedMap = "ReLU379_Output_0";   // behind the eight blocks that both networks have

    /// <summary>Of the package, over its mean image: red, green, blue.</summary>
    static readonly double[] OwnMeans = [123.48734, 116.175934, 102.97062];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Features_EqualThoseOfOnnxRuntime(bool toRgb)
    {
        var means = toRgb ? OwnMeans : [.. OwnMeans.Reverse()];
        var (expected, actual) = Features(new NormalizationOptions { Mean = means, ToRgb = toRgb });
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-4 * Math.Max(1, Math.Abs(expected[i])));
        Assert.True(expected.Max() > 1);
    }

    /// <summary>Behind MMDetection's means only the border differs, where its padding stands for another grey.</summary>
    [Fact]
    public void Features_BehindOtherMeans_DifferLittle()
    {
        var (expected, actual) = Features(new NormalizationOptions());
        var moved = expected.Zip(actual, (e, a) => (double)Math.Abs(e - a)).Average() / expected.Average();
        Assert.InRange(moved, 0, 0.01);
    }

    [Fact]
    public void Read_OfAnotherNetwork_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(PackagedResNet18.Locate()));
        model.Graph.Node.RemoveAt(0);
        File.WriteAllBytes(folder["other.onnx"], model.ToByteArray());
        var error = Assert.Throws<CheckpointException>(
            () => PackagedResNet18.Read(folder["other.onnx"], new NormalizationOptions()));
        Assert.Equal($"{folder["other.onnx"]}: is not the ResNet-18 of Microsoft.ML.DnnImageFeaturizer.ResNet18 0.23.1: "
            + "its layers are others.", error.Message);
    }

    [Fact]
    public void Read_OfACutFile_SaysSo()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["cut.onnx"], File.ReadAllBytes(PackagedResNet18.Locate())[..1_000_000]);
        var error = Assert.Throws<CheckpointException>(
            () => PackagedResNet18.Read(folder["cut.onnx"], new NormalizationOptions()));
        Assert.StartsWith($"{folder["cut.onnx"]}: is no ONNX model, or it is damaged: ", error.Message);
    }

    [Fact]
    public void Locate_WithoutPackageAndSdk_SaysWhatToDo()
    {
        using var folder = new TemporaryFolder();
        using var variables = new EnvironmentVariables()
            .With("NUGET_PACKAGES", folder.Path).With("DOTNET_HOST_PATH", folder["no-dotnet"]);
        using var cache = new WeightCache(folder.Path);
        var error = Assert.Throws<DownloadException>(() => cache.Resolve(PackagedResNet18.Name));
        Assert.StartsWith("nuget://resnet18: the NuGet package Microsoft.ML.DnnImageFeaturizer.ResNet18 0.23.1 cannot be "
            + "restored: the .NET SDK was not found (", error.Message);
        Assert.EndsWith(" or give the path of its ResNet18.onnx instead of the name.", error.Message);
    }

    /// <summary>The same photograph through the package's graph in ONNX Runtime and through our network.</summary>
    static (float[] Expected, float[] Actual) Features(NormalizationOptions normalization)
    {
        using var photograph = Image.Load(Path.Combine(Repository.Root, "tests/data/images/baseline.jpg"));
        using var image = photograph.Resize(Side, Side);
        return (ByOnnxRuntime(image), ByOurNetwork(image, normalization));
    }

    static float[] ByOnnxRuntime(Image image)
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(PackagedResNet18.Locate()));
        var last = model.Graph.Output[0].Clone();
        last.Name = LastSharedMap;
        last.Type.TensorType.Shape = null;
        model.Graph.Output.Add(last);
        var pixels = new DenseTensor<float>([1, 3, Side, Side]);
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
                for (var c = 0; c < 3; c++) pixels[0, c, y, x] = image.Row(y)[x * 3 + c] - (float)OwnMeans[2 - c];       // BGR
        using var session = new InferenceSession(model.ToByteArray());
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("Input247", pixels)], [LastSharedMap]);
        return [.. results[0].AsEnumerable<float>()];
    }

    static float[] ByOurNetwork(Image image, NormalizationOptions normalization)
    {
        var own = PackagedResNet18.Read(PackagedResNet18.Locate(), normalization);
        var weights = new StateDict();
        foreach (var (name, tensor) in own) weights.Add($"backbone.{name}", tensor);
        var pixels = new float[3 * Side * Side];
        new PixelNormalizer(normalization.Mean, normalization.Std, normalization.ToRgb)
            .Write(image, flipHorizontal: false, flipVertical: false, pixels, Side, Side);
        using var plans = new PlanWeights(weights, threadCount: 2);
        using var plan = plans.Engine.CreatePlan(1);
        var recorder = new PlanRecorder(plan, plans);
        var stages = new ResNet("backbone", new BackboneOptions { Depth = 18 }).Forward(recorder, recorder.Input(3, Side, Side));
        plan.Output(stages[^1].Map);
        plan.Compile();
        return plan.Run(pixels)[0];
    }
}
