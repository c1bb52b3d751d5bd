using Paa.Dnn;

namespace Paa.Tests.Dnn;

/// <summary>Each layer against plain loops, and what becomes of maps that a layer may overwrite.</summary>
public sealed class DnnPlanTests
{
    [Theory]
    [InlineData(3, 20, 3, 1, 1, 1)]             // the input in rows, channels that do not fill a block
    [InlineData(3, 16, 7, 2, 3, 1)]
    [InlineData(64, 64, 3, 1, 1, 1)]
    [InlineData(64, 48, 1, 2, 0, 1)]
    [InlineData(32, 64, 3, 1, 1, 4)]
    [InlineData(64, 64, 3, 1, 1, 1, 20, 27)]    // wide and large: Winograd's
    [InlineData(96, 64, 3, 1, 1, 1, 30, 30)]
    [InlineData(128, 256, 3, 1, 1, 1, 17, 19)]
    [InlineData(64, 100, 3, 1, 1, 1, 20, 27)]   // channels that do not fill a block
    public void Convolution_EqualsLoops(
        int inputs, int outputs, int kernel, int stride, int padding, int groups, int height = 9, int width = 11)
    {
        var x = Values(2 * inputs * height * width);
        var (weights, bias) = (Values(outputs * (inputs / groups) * kernel * kernel), Values(outputs));
        using var engine = new DnnEngine(threads: 2);
        using var plan = engine.CreatePlan(batch: 2);
        var map = plan.Input(inputs, height, width);
        if (groups > 1) map = Identity(engine, plan, map);      // grouped kernels want blocks
        var result = plan.Convolution(
            map, engine.AddWeights(weights, bias, outputs, inputs, kernel, groups), stride, padding, relu: true);
        plan.Output(result);
        plan.Compile();

        var expected = NaiveLayers.Convolution(
            x, 2, inputs, height, width, weights, bias, outputs, kernel, stride, padding, groups);
        Assert.Equal(expected.Length, 2 * outputs * result.Height * result.Width);
        AssertClose(expected.Select(value => Math.Max(0, value)), plan.Run(x)[0]);
    }

    [Theory]
    [InlineData(64, 32)]                        // two channels per group
    [InlineData(96, 32)]                        // three: groups lie across blocks
    [InlineData(64, 2)]                         // two blocks per group
    [InlineData(24, 4)]                         // a block that is not full
    public void GroupNorm_EqualsLoops(int channels, int groups)
    {
        const int height = 7, width = 45;
        var x = Values(2 * channels * height * width);
        var (gain, shift) = (Values(channels), Values(channels));
        using var engine = new DnnEngine(threads: 2);
        using var plan = engine.CreatePlan(batch: 2);
        var map = Identity(engine, plan, plan.Input(channels, height, width));
        plan.Output(plan.GroupNorm(map, groups, gain, shift));
        plan.Output(plan.GroupNorm(map, groups, gain, shift, relu: true));
        plan.Compile();
        var outputs = plan.Run(x);

        var expected = NaiveLayers.GroupNorm(x, 2, channels, height * width, groups, gain, shift);
        AssertClose(expected, outputs[0]);
        AssertClose(expected.Select(value => Math.Max(0, value)), outputs[1]);
    }

    [Fact]
    public void MaxPool_IgnoresPadding()
    {
        using var engine = new DnnEngine(threads: 1);
        using var plan = engine.CreatePlan(batch: 1);
        var map = Identity(engine, plan, plan.Input(channels: 1, height: 2, width: 3));
        plan.Output(plan.MaxPool(map, kernel: 3, stride: 2, padding: 1));
        plan.Compile();
        Assert.Equal([-1f, -2f], plan.Run([-1, -4, -3, -5, -6, -2])[0]);
    }

    [Fact]
    public void Resize_TakesNearestNeighbours()
    {
        using var engine = new DnnEngine(threads: 2);
        using var plan = engine.CreatePlan(batch: 1);
        var fine = Identity(engine, plan, plan.Input(channels: 1, height: 3, width: 4));
        var coarse = plan.MaxPool(fine, kernel: 2, stride: 2, padding: 1);      // [2, 3]
        plan.Output(coarse);
        plan.Output(plan.Add(fine, plan.Resize(coarse, fine.Height, fine.Width)));
        plan.Compile();
        var outputs = plan.Run([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        Assert.Equal([1f, 3f, 4f, 9f, 11f, 12f], outputs[0]);
        // Rows 0, 1, 2 look at rows 0, 0, 1; columns 0..3 at columns 0, 0, 1, 2.
        Assert.Equal([2f, 3f, 6f, 8f, 6f, 7f, 10f, 12f, 18f, 19f, 22f, 24f], outputs[1]);
    }

    [Fact]
    public void MapsThatAreReadLater_AreNotOverwritten()
    {
        using var engine = new DnnEngine(threads: 1);
        using var plan = engine.CreatePlan(batch: 1);
        var double_ = engine.AddWeights([2], [], outputs: 1, inputs: 1, kernel: 1);
        var x = Identity(engine, plan, plan.Input(channels: 1, height: 1, width: 2));
        var withResidual = plan.Convolution(x, double_, residual: x);           // 3x, while x is read again
        var sum = plan.Add(withResidual, x);                                    // 4x
        var last = plan.Convolution(sum, double_, residual: withResidual);      // 8x + 3x
        foreach (var map in (DnnMap[])[x, withResidual, sum, last]) plan.Output(map);
        plan.Compile();
        var outputs = plan.Run([1, -10]);
        Assert.Equal([[1f, -10f], [3f, -30f], [4f, -40f], [11f, -110f]], outputs);
        Assert.Equal(outputs, plan.Run([1, -10]));                              // again, in the same memory
    }

    [Fact]
    public void Plans_ShareWeightsAndMemory()
    {
        using var engine = new DnnEngine(threads: 1);
        var values = Values(16 * 16);
        var weights = engine.AddWeights(values, [], outputs: 16, inputs: 16, kernel: 1);
        var before = engine.WeightBytes;
        for (var size = 1; size <= 3; size++)
        {
            var x = Values(16 * size * size);
            using var plan = engine.CreatePlan(batch: 1);
            plan.Output(plan.Convolution(plan.Convolution(plan.Input(16, size, size), weights), weights));  // rows, then blocks
            plan.Compile();
            AssertClose(Apply([.. Apply(x, size).Select(value => (float)value)], size), plan.Run(x)[0]);
        }
        Assert.InRange(engine.WeightBytes, before, 4 * before);
        Assert.InRange(engine.WorkingBytes, 1, 1 << 16);

        double[] Apply(float[] x, int size) =>
            NaiveLayers.Convolution(x, 1, 16, size, size, values, new float[16], 16, kernel: 1, stride: 1, padding: 0, groups: 1);
    }

    [Fact]
    public void WeightsAreHeldOnce_AndServeEverySize()
    {
        const int channels = 64;
        using var engine = new DnnEngine(threads: 2);
        float[] values = [.. Values(channels * channels * 9).Select(value => value / 8)], bias = Values(channels);
        var weights = engine.AddWeights(values, bias, channels, channels, kernel: 3);
        var given = engine.WeightBytes;
        var cases = ((int, int, bool)[])[(20, 27, false), (9, 11, false), (9, 11, true), (20, 27, true)];
        foreach (var (height, width, isFirst) in cases)
        {
            // Wide and large is Winograd's; the first layer reads rows, and wants weights in a layout of its own.
            var x = Values(channels * height * width);
            using var plan = engine.CreatePlan(batch: 1);
            var map = plan.Input(channels, height, width);
            var layer = plan.Convolution(isFirst ? map : Identity(engine, plan, map), weights, padding: 1);
            plan.Output(layer);
            plan.Compile();
            var expected = NaiveLayers.Convolution(x, 1, channels, height, width, values, bias, channels, 3, 1, 1, 1);
            AssertClose(expected, plan.Run(x)[0]);
            if (!isFirst) Assert.InRange(engine.WeightBytes, given, given + 2 * channels * channels * sizeof(float));
        }
    }

    [Fact]
    public void PlansOutliveTheirEngine()
    {
        DnnPlan plan;
        using (var engine = new DnnEngine(threads: 1))
        {
            plan = engine.CreatePlan(batch: 1);
            plan.Output(Identity(engine, plan, plan.Input(channels: 1, height: 1, width: 1)));
            plan.Compile();
        }
        using (plan) Assert.Equal([5f], plan.Run([5])[0]);
    }

    [Fact]
    public void Misuse_IsExplained()
    {
        using var engine = new DnnEngine(threads: 1);
        using var plan = engine.CreatePlan(batch: 1);
        var weights = engine.AddWeights([1, 1], [], outputs: 1, inputs: 2, kernel: 1);
        var x = plan.Input(channels: 1, height: 4, width: 4);
        AssertMessage("the input has 1 channels, the weights want 2", () => plan.Convolution(x, weights));
        AssertMessage("one input", () => plan.Input(channels: 1, height: 1, width: 1));
        AssertMessage("compiled before it runs", () => plan.Run(new float[16]));
        var map = Identity(engine, plan, x);
        AssertMessage("not a multiple of groups", () => plan.GroupNorm(map, groups: 3, [1], [0]));
        AssertMessage("residual is not of the result's shape", () =>
            plan.Convolution(map, engine.AddWeights([1], [], outputs: 1, inputs: 1, kernel: 1), stride: 2, residual: map));
        plan.Output(map);
        plan.Compile();
        AssertMessage("cannot be changed", () => plan.Output(map));
        Assert.Throws<ArgumentException>(() => plan.Run(new float[15]));
        Assert.Throws<ArgumentException>(() => engine.AddWeights([1], [], outputs: 1, inputs: 2, kernel: 1));
        Assert.Throws<DnnException>(() => new DnnEngine(threads: 0));

        static void AssertMessage(string part, Action action) =>
            Assert.Contains(part, Assert.Throws<DnnException>(action).Message);
    }

    [Fact]
    public void Versions_NameTheLibrary() => Assert.Matches(@"^oneDNN \d+\.\d+\.\d+, ", DnnEngine.Versions);

    /// <summary>Brings the input into the plan's own layout.</summary>
    static DnnMap Identity(DnnEngine engine, DnnPlan plan, DnnMap input)
    {
        var weights = new float[input.Channels * input.Channels];
        for (var channel = 0; channel < input.Channels; channel++) weights[channel * (input.Channels + 1)] = 1;
        return plan.Convolution(input, engine.AddWeights(weights, [], input.Channels, input.Channels, kernel: 1));
    }

    static float[] Values(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }

    static void AssertClose(IEnumerable<double> expected, float[] actual) =>
        Golden.GoldenAssert.Close([.. expected.Select(value => (float)value)], actual, absolute: 2e-5, relative: 1e-5);
}
