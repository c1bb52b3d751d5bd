using Microsoft.ML.OnnxRuntime;
using Paa.Onnx;
using Paa.Platform;

namespace Paa.Tests.Onnx;

/// <summary>Graphs that are built here run in ONNX Runtime, from memory and from files.</summary>
public sealed class OnnxGraphTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("paa-onnx").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Graph_RunsWithDynamicSizesAndOptionalInputs()
    {
        var model = new OnnxModel();
        var graph = model.Graph;
        var x = graph.Input("x", OnnxType.Float32, "rows", 2);
        graph.Scope = "clip";
        var clipped = graph.Node("Clip", [x, null, graph.Constant(1f)]);
        graph.Output(clipped, "y", OnnxType.Float32, "rows", 2);
        Assert.Equal("clip/Clip", clipped.Name);

        Assert.Equal([1f, -2, 0.5f, 1, 0, 1], Run(model.ToBytes(), "x", [3f, -2, 0.5f, 7, 0, 1], 3, 2));
    }

    [Fact]
    public void Subgraphs_LoopAndBranchOverValuesAroundThem()
    {
        var model = new OnnxModel();
        var graph = model.Graph;
        var x = graph.Input("x", OnnxType.Float32, "count");
        var body = graph.Subgraph("double");                            // (step, go on, sum) -> (go on, 2 * sum)
        body.Input("step", OnnxType.Int64);
        var goOn = body.Input("go_on", OnnxType.Bool);
        var sum = body.Input("sum", OnnxType.Float32, "count");
        body.Output(goOn, "go_on_out", OnnxType.Bool);
        body.Output(body.Node("Mul", [sum, body.Constant(2f)]), "sum_out", OnnxType.Float32, "count");
        var doubled = graph.Node("Loop", [graph.Constant(3L), graph.Constant(true), x], ("body", body));

        var (then, otherwise) = (graph.Subgraph("then"), graph.Subgraph("else"));
        then.Output(then.Node("Neg", [doubled]), "negated", OnnxType.Float32, "count");
        otherwise.Output(doubled, "same", OnnxType.Float32, "count");
        var isLong = graph.Node("Greater", [graph.Node("Size", [x]), graph.Constant(2L)]);
        var chosen = graph.Node("If", [isLong], ("then_branch", then), ("else_branch", otherwise));
        graph.Output(chosen, "y", OnnxType.Float32, "count");

        Assert.Equal([8f, 16], Run(model.ToBytes(), "x", [1f, 2], 2));
        Assert.Equal([-8f, -16, -24], Run(model.ToBytes(), "x", [1f, 2, 3], 3));
    }

    [Fact]
    public void Nodes_GiveSeveralResults()
    {
        var model = new OnnxModel();
        var graph = model.Graph;
        var x = graph.Input("x", OnnxType.Float32, 5);
        var parts = graph.Nodes("Split", 2, [x, graph.Vector(2L, 3L)], ("axis", 0));
        graph.Output(parts[1], "y", OnnxType.Float32, 3);
        Assert.Equal([3f, 4, 5], Run(model.ToBytes(), "x", [1f, 2, 3, 4, 5], 5));
    }

    [Fact]
    public void Constants_OfEqualContentAreOneAndNamesAreUnique()
    {
        var graph = new OnnxModel().Graph;
        Assert.Same(graph.Constant(1L), graph.Constant(1L));
        Assert.NotEqual(graph.Constant(1L), graph.Constant(1));
        Assert.NotEqual(graph.Constant(1L), graph.Vector(1L));
        graph.Weights<float>("w", new float[4], [2, 2]);
        var error = Assert.Throws<ArgumentException>(() => graph.Weights<float>("w", new float[4], [2, 2]));
        Assert.Contains("w is taken", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() => graph.Weights<float>("v", new float[4], [2, 3]));
        Assert.Contains("[2, 3] expects 6 values, got 4", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(Half))]
    [InlineData(typeof(long))]
    [InlineData(typeof(int))]
    [InlineData(typeof(byte))]
    [InlineData(typeof(sbyte))]
    [InlineData(typeof(bool))]
    public void Constants_KeepTheirTypes(Type type)
    {
        var model = new OnnxModel();
        var graph = model.Graph;
        OnnxValue? constant = type == typeof(Half) ? graph.Vector((Half)1, (Half)0)
            : type == typeof(long) ? graph.Vector(1L, 0L)
            : type == typeof(int) ? graph.Vector(1, 0)
            : type == typeof(byte) ? graph.Vector<byte>(1, 0)
            : type == typeof(sbyte) ? graph.Vector<sbyte>(1, 0)
            : graph.Vector(true, false);
        var x = graph.Input("x", OnnxType.Float32, 2);
        var sum = graph.Node("Add", [x, graph.Node("Cast", [constant], ("to", OnnxType.Float32))]);
        graph.Output(sum, "y", OnnxType.Float32, 2);
        Assert.Equal([11f, 20], Run(model.ToBytes(), "x", [10f, 20], 2));
    }

    [Fact]
    public void Write_PutsLargeConstantsBesideTheModel()
    {
        var path = Path.Combine(_folder, "m.onnx");
        File.WriteAllText(path + ".data", "of an older model");
        var model = Large();
        Assert.Equal([path, path + ".data"], model.Write(path, largestFile: 10_000));
        Assert.True(new FileInfo(path).Length < 1000);
        Assert.Equal(2 * 4096 * sizeof(float), new FileInfo(path + ".data").Length);
        Assert.Equal(Run(model.ToBytes(), "x", [10f], 1), Run(path, "x", [10f], 1));

        File.Delete(path + ".data");
        Assert.Equal([path], model.Write(path));
        Assert.False(File.Exists(path + ".data"));
        Assert.Equal(Run(model.ToBytes(), "x", [10f], 1), Run(path, "x", [10f], 1));
    }

    [Fact]
    public void Write_LeavesTheOldFileWhereItFails()
    {
        var path = Path.Combine(_folder, "m.onnx");
        File.WriteAllText(path, "old");
        Directory.CreateDirectory(path + ".data");                      // cannot be replaced by a file
        Assert.Throws<FileWriteException>(() => Large().Write(path, largestFile: 0));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Metadata_IsReadByOnnxRuntime()
    {
        var model = Large();
        model.Metadata["classes"] = "[\"a\"]";
        model.Description = "A detector.";
        using var session = new InferenceSession(model.ToBytes());
        Assert.Equal("[\"a\"]", session.ModelMetadata.CustomMetadataMap["classes"]);
        Assert.Equal("Paa", session.ModelMetadata.ProducerName);
        Assert.Equal("A detector.", session.ModelMetadata.Description);
    }

    /// <summary>x plus the last of 4096 numbers, twice.</summary>
    static OnnxModel Large()
    {
        var model = new OnnxModel();
        var graph = model.Graph;
        var x = graph.Input("x", OnnxType.Float32, 1);
        for (var i = 1; i <= 2; i++)
        {
            float[] numbers = [.. Enumerable.Range(0, 4096).Select(n => (float)n / i)];
            var own = graph.Weights<float>($"numbers{i}", numbers, [4096]);
            x = graph.Node("Add", [x, graph.Node("Gather", [own, graph.Vector(4095L)])]);
        }
        graph.Output(x, "y", OnnxType.Float32, 1);
        return model;
    }

    static float[] Run(byte[] model, string input, float[] values, params long[] shape)
    {
        using var session = new InferenceSession(model);
        return Run(session, input, values, shape);
    }

    static float[] Run(string path, string input, float[] values, params long[] shape)
    {
        using var session = new InferenceSession(path);
        return Run(session, input, values, shape);
    }

    static float[] Run(InferenceSession session, string input, float[] values, long[] shape)
    {
        using var tensor = OrtValue.CreateTensorValueFromMemory(values, shape);
        using var options = new RunOptions();
        using var results = session.Run(options, [input], [tensor], session.OutputNames);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
