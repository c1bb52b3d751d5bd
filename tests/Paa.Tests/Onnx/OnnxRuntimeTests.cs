using Paa.Onnx;

namespace Paa.Tests.Onnx;

/// <summary>Sessions, devices, and what is said where something is missing.</summary>
public sealed class OnnxRuntimeTests
{
    [Fact]
    public void Ports_TellNamesTypesAndSizes()
    {
        var model = new OnnxModel();
        var x = model.Graph.Input("x", OnnxType.UInt8, "rows", 2, OnnxDimension.Unknown);
        model.Graph.Output(model.Graph.Node("Cast", [x], ("to", OnnxType.Float32)), "y", OnnxType.Float32, "rows", 2,
            OnnxDimension.Unknown);
        using var session = new OnnxSession(model);
        var (input, output) = (Assert.Single(session.Inputs), Assert.Single(session.Outputs));
        Assert.Equal(("x", OnnxType.UInt8), (input.Name, input.Type));
        Assert.Equal(["rows", 2, OnnxDimension.Unknown], input.Dims);
        Assert.Equal(("y", OnnxType.Float32), (output.Name, output.Type));
        using var results = session.Run<byte>([1, 2, 3, 4], [1, 2, 2]);
        Assert.Equal([1f, 2, 3, 4], results.Values<float>(0).ToArray());
        Assert.Equal([1, 2, 2], results.Dims(0));
    }

    [Fact]
    public void Errors_AreOneLine()
    {
        var error = Assert.Throws<OnnxException>(() => new OnnxSession([1, 2, 3]));
        Assert.StartsWith("ONNX Runtime: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);

        var model = new OnnxModel();
        model.Graph.Output(model.Graph.Input("x", OnnxType.Float32, 2), "y", OnnxType.Float32, 2);
        using var session = new OnnxSession(model);
        error = Assert.Throws<OnnxException>(() => session.Run<float>([1f, 2, 3], [3]));
        Assert.DoesNotContain('\n', error.Message);

        error = Assert.Throws<OnnxException>(() => OnnxRuntime.Guard<int>(() => throw new TypeInitializationException(
            "NativeMethods", new DllNotFoundException("Unable to load shared library.\nlibonnxruntime.so: cannot open"))));
        Assert.Equal("ONNX Runtime cannot be loaded; add the package Microsoft.ML.OnnxRuntime, which has it for Windows, Linux "
            + "and macOS. The loader says: Unable to load shared library. libonnxruntime.so: cannot open", error.Message);
    }

    [Theory]
    [InlineData("cpu", "cpu", 0)]
    [InlineData("CUDA", "cuda", 0)]
    [InlineData("cuda:1", "cuda", 1)]
    [InlineData("directml:2", "directml", 2)]
    [InlineData("coreml", "coreml", 0)]
    public void Device_IsReadFromText(string text, string name, int index)
    {
        var device = OnnxDevice.Parse(text);
        Assert.Equal((name, index), (device.Name, device.Index));
        Assert.Equal(device, OnnxDevice.Parse(device.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cpu:1")]
    [InlineData("cuda:x")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1:2")]
    public void Device_OfOtherTexts_IsRefused(string text)
    {
        Assert.False(OnnxDevice.TryParse(text, out _));
        Assert.Throws<FormatException>(() => OnnxDevice.Parse(text));
    }
}
