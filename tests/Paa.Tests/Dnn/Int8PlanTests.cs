using Paa.Dnn;

namespace Paa.Tests.Dnn;

/// <summary>Layers on 8-bit integers against integer arithmetic. Steps are powers of two, so every expected number is
/// exact.</summary>
public sealed class Int8PlanTests
{
    const float Step = 0.25f;
    const int Height = 9, Width = 11;

    [Theory]
    [InlineData(3, 20, 7, 2, 3, 1, true)]
    [InlineData(64, 64, 3, 1, 1, 1, false)]
    [InlineData(64, 64, 3, 1, 1, 1, true)]
    [InlineData(24, 5, 3, 1, 1, 1, true)]
    [InlineData(64, 48, 1, 2, 0, 1, false)]
    [InlineData(48, 80, 1, 1, 0, 1, true)]
    [InlineData(32, 64, 3, 1, 1, 4, false)]
    [InlineData(128, 128, 3, 1, 1, 32, true)]
    public void Convolution_EqualsIntegers(
        int inputs, int outputs, int kernel, int stride, int padding, int groups, bool isSigned)
    {
        var x = Integers(2 * inputs * Height * Width, isSigned ? -127 : 0, isSigned ? 127 : 255);
        var weights = Integers(outputs * (inputs / groups) * kernel * kernel, -127, 127);
        float[] steps = [.. Enumerable.Range(0, outputs).Select(o => MathF.ScaleB(1, -(o % 3) - 4))];
        float[] bias = [.. Integers(outputs, -100, 100).Select(value => value / 8f)];
        using var engine = new DnnEngine(threads: 2);
        using var plan = engine.CreatePlan(batch: 2);
        var input = plan.Input(inputs, Height, Width);
        plan.Quantize(input, Step, isSigned);
        var result = plan.Convolution(
            input, engine.AddInt8Weights(Bytes(weights), steps, bias, outputs, inputs, kernel, groups), stride, padding);
        plan.Output(result);
        plan.Compile();

        var sums = NaiveLayers.Convolution(
            Floats(x), 2, inputs, Height, Width, Floats(weights), new float[outputs], outputs, kernel, stride, padding, groups);
        var plane = result.Height * result.Width;
        var expected = sums.Select((sum, i) => (float)(sum * Step * steps[i / plane % outputs]) + bias[i / plane % outputs]);
        Assert.Equal(expected, plan.Run([.. x.Select(value => value * Step)])[0]);
    }

    /// <summary>Pixels under a normalisation: integers with a line for each channel, and padding that stands for 0.</summary>
    [Theory]
    [InlineData(7, 2, 3)]
    [InlineData(3, 1, 1)]
    [InlineData(1, 1, 0)]
    public void Input_WithALineForEachChannel_IsExact(int kernel, int stride, int padding)
    {
        const int channels = 3, outputs = 20;
        float[] scales = [2, 4, 8], offsets = [100, 0, 255];
        var pixels = Integers(2 * channels * Height * Width, 0, 255);
        var weights = Integers(outputs * channels * kernel * kernel, -127, 127);
        int ChannelOf(int i) => i / (Height * Width) % channels;
        using var engine = new DnnEngine(threads: 2);
        using var plan = engine.CreatePlan(batch: 2);
        var input = plan.Input(channels, Height, Width);
        plan.QuantizeInput(scales, offsets);
        var int8Weights = engine.AddInt8Weights(Bytes(weights), Constant(outputs, 0.5f), [], outputs, channels, kernel);
        plan.Output(plan.Convolution(input, int8Weights, stride, padding));
        plan.Compile();
        var actual = plan.Run([.. pixels.Select((pixel, i) => (pixel - offsets[ChannelOf(i)]) / scales[ChannelOf(i)])])[0];

        // The padded image without padding: a border of the offsets, which stand for 0.
        var (height, width) = (Height + (2 * padding), Width + (2 * padding));
        var padded = new float[2 * channels * height * width];
        for (var i = 0; i < padded.Length; i++)
        {
            var (x, y, plane) = ((i % width) - padding, (i / width % height) - padding, i / (width * height));
            var isInside = x >= 0 && x < Width && y >= 0 && y < Height;
            padded[i] = isInside ? pixels[(((plane * Height) + y) * Width) + x] : offsets[plane % channels];
        }
        var sums = NaiveLayers.Convolution(
            padded, 2, channels, height, width, Floats(weights), new float[outputs], outputs, kernel, stride, 0, 1);
        Assert.Equal(sums.Select(sum => (float)(sum / 2)), actual);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Results_AreRoundedAndClipped_WithResidual(bool residualIsSigned, bool resultIsSigned)
    {
        const int channels = 32;
        const float residualStep = 0.5f, resultStep = 2;
        var x = Integers(channels * Height * Width, residualIsSigned ? -127 : 0, residualIsSigned ? 127 : 255);
        var weights = Integers(channels * channels, -127, 127);
        using var engine = new DnnEngine(threads: 2);
        using var plan = engine.CreatePlan(batch: 1);
        var input = plan.Input(channels, Height, Width);
        plan.Quantize(input, residualStep, residualIsSigned);
        var residual = Copy(engine, plan, input, residualStep, residualIsSigned);
        var int8Weights = engine.AddInt8Weights(
            Bytes(weights), Constant(channels, 1 / 16f), [], channels, channels, kernel: 1);
        var sum = plan.Convolution(input, int8Weights, relu: !resultIsSigned, residual: residual);
        plan.Quantize(sum, resultStep, resultIsSigned);
        plan.Output(Copy(engine, plan, sum, step: 0, isSigned: false));
        plan.Compile();

        var sums = NaiveLayers.Convolution(
            Floats(x), 1, channels, Height, Width, Floats(weights), new float[channels], channels, 1, 1, 0, 1);
        var (least, most) = resultIsSigned ? (-127, 127) : (0, 255);
        var expected = sums.Zip(x, (product, own) => Math.Round(((product / 16) + own) * residualStep / resultStep)).ToArray();
        Assert.Contains(expected, value => value > most);                       // something is clipped
        var actual = plan.Run([.. x.Select(value => value * residualStep)])[0];
        foreach (var (own, other) in expected.Zip(actual))
            if (own >= least) Assert.Equal((float)Math.Min(own, most) * resultStep, other);
            else Assert.InRange(other / resultStep, least - 1, least);          // -128 exists, too
    }

    [Theory]
    [InlineData(64, 32, true)]
    [InlineData(96, 32, true)]
    [InlineData(20, 4, false)]
    public void GroupNorm_GivesRoundedIntegers(int channels, int groups, bool relu)
    {
        const float step = 1 / 32f;
        const int height = 13, width = 67;                                      // more than one chunk of positions
        var x = Integers(2 * channels * height * width, -127, 127);
        float[] gain = [.. Integers(channels, 1, 64).Select(value => value / 32f)];
        float[] shift = [.. Integers(channels, -64, 64).Select(value => value / 32f)];
        using var engine = new DnnEngine(threads: 2);
        using var plan = engine.CreatePlan(batch: 2);
        var input = plan.Input(channels, height, width);
        plan.Quantize(input, Step, isSigned: true);
        var rows = Copy(engine, plan, input, step: 0, isSigned: true);
        var normalised = plan.GroupNorm(rows, groups, gain, shift, relu: relu);
        plan.Quantize(normalised, step, isSigned: !relu);
        plan.Output(Copy(engine, plan, normalised, step: 0, isSigned: false));
        plan.Output(plan.GroupNorm(rows, groups, gain, shift, relu: relu));     // in single precision
        plan.Compile();

        float[] values = [.. x.Select(value => value * Step)];
        var outputs = plan.Run(values);
        var expected = NaiveLayers.GroupNorm(values, 2, channels, height * width, groups, gain, shift)
            .Select(value => relu ? Math.Max(0, value) : value).ToArray();
        Golden.GoldenAssert.Close([.. expected.Select(value => (float)value)], outputs[1], absolute: 2e-5, relative: 1e-5);
        foreach (var (own, other) in expected.Select(value => Math.Clamp(value, -127 * step, 255 * step)).Zip(outputs[0]))
            if (relu || own < 127 * step) Assert.InRange(other, own - (0.501 * step), own + (0.501 * step));
            else Assert.Equal(127 * step, other);
    }

    [Fact]
    public void PoolsAndSizes_KeepIntegers()
    {
        const int channels = 16;
        var x = Integers(channels * Height * Width, -127, 127);
        using var engine = new DnnEngine(threads: 2);
        using var plan = engine.CreatePlan(batch: 1);
        using var reference = engine.CreatePlan(batch: 1);
        Record(plan, isInt8: true);
        Record(reference, isInt8: false);
        float[] values = [.. x.Select(value => value * Step)];
        Assert.Equal(reference.Run(values)[0], plan.Run(values)[0]);

        void Record(DnnPlan target, bool isInt8)
        {
            var map = target.Input(channels, Height, Width);
            if (isInt8) target.Quantize(map, Step, isSigned: true);
            map = isInt8 ? Copy(engine, target, map, Step, isSigned: true) : FloatCopy(engine, target, map);
            map = target.Resize(target.MaxPool(map, kernel: 3, stride: 2, padding: 1), 2 * Height, Width);
            target.Output(isInt8 ? Copy(engine, target, map, step: 0, isSigned: false) : FloatCopy(engine, target, map));
            target.Compile();
        }
    }

    /// <summary>Integer and float layers in turn, maps that both read, and a float residual in an integer layer.</summary>
    [Fact]
    public void FloatAndIntegerLayers_Mix()
    {
        const int channels = 32;
        var x = Integers(channels * Height * Width, 0, 255);
        using var engine = new DnnEngine(threads: 2);
        using var plan = engine.CreatePlan(batch: 1);
        var input = plan.Input(channels, Height, Width);
        plan.Quantize(input, Step, isSigned: false);
        var integers = Copy(engine, plan, input, Step, isSigned: false);        // read by both kinds: kept in floats
        var floats = FloatCopy(engine, plan, integers);
        plan.Quantize(floats, Step, isSigned: false);
        var pooled = plan.MaxPool(floats, kernel: 1, stride: 1, padding: 0);    // from blocks to integers
        var sum = plan.Convolution(pooled, IdentityWeights(engine, channels), residual: floats);    // 2x
        var again = plan.Convolution(integers, IdentityWeights(engine, channels), residual: sum);   // 3x
        plan.Output(plan.Add(again, floats));                                   // 4x
        plan.Output(FloatCopy(engine, plan, again));
        plan.Compile();
        var outputs = plan.Run([.. x.Select(value => value * Step)]);
        Assert.Equal(x.Select(value => 4 * value * Step), outputs[0]);
        Assert.Equal(x.Select(value => 3 * value * Step), outputs[1]);
    }

    [Fact]
    public void Observed_CountsEveryRun()
    {
        const int channels = 20;
        using var engine = new DnnEngine(threads: 2);
        using var plan = engine.CreatePlan(batch: 1);
        var input = plan.Input(channels, height: 1, width: 2);
        var map = FloatCopy(engine, plan, input);
        plan.Observe(input);
        plan.Observe(map);
        plan.Output(map);
        plan.Compile();
        Assert.Contains("has not run", Assert.Throws<DnnException>(() => plan.Observed(map)).Message);
        plan.Run([.. Enumerable.Repeat(0.5f, 2 * channels)]);
        // Up to 19: the bins widen.
        plan.Run([.. Enumerable.Range(0, channels).SelectMany(c => (float[])[-c, c == 0 ? 0 : 0.25f])]);
        foreach (var seen in (MapStatistics[])[plan.Observed(input), plan.Observed(map)])
        {
            Assert.Equal(4 * channels, seen.Bins.Sum());
            Assert.Equal(-19, seen.Least);
            Assert.InRange(seen.Limit, 19, 40);
            Assert.Equal(Enumerable.Range(0, channels).Select(c => (1 - c + (c == 0 ? 0 : 0.25)) / 4), seen.Means);
            var half = (int)(0.5f / seen.Limit * MapStatistics.BinCount);
            Assert.Equal(2 * channels, seen.Bins[(half - 1)..(half + 2)].Sum());
            Assert.Equal(1, seen.Bins[(int)(19 / seen.Limit * MapStatistics.BinCount)]);
        }
    }

    [Fact]
    public void Misuse_IsExplained()
    {
        using var engine = new DnnEngine(threads: 1);
        using var plan = engine.CreatePlan(batch: 1);
        var input = plan.Input(channels: 1, height: 4, width: 4);
        plan.Output(plan.Convolution(input, IdentityWeights(engine, 1)));
        AssertMessage("of which no step is known", plan.Compile);
        AssertMessage("must be above 0", () => plan.Quantize(input, 0, isSigned: true));
        AssertMessage("must be above 0", () => plan.Quantize(input, float.NaN, isSigned: true));
        AssertMessage("a step is not above 0", () => engine.AddInt8Weights([1], [0], [], outputs: 1, inputs: 1, kernel: 1));
        AssertMessage("scales of the input must be above 0", () => plan.QuantizeInput([0], [0]));
        Assert.Throws<ArgumentException>(() => plan.QuantizeInput([1, 1], [0]));
        AssertMessage("not observed", () => plan.Observed(input));
        Assert.Throws<ArgumentException>(() => engine.AddInt8Weights([1], [], [], outputs: 1, inputs: 1, kernel: 1));

        static void AssertMessage(string part, Action action) =>
            Assert.Contains(part, Assert.Throws<DnnException>(action).Message);
    }

    /// <summary>The map itself through a convolution; kept in integers if a step is given.</summary>
    static DnnMap Copy(DnnEngine engine, DnnPlan plan, DnnMap map, float step, bool isSigned)
    {
        var copy = plan.Convolution(map, IdentityWeights(engine, map.Channels));
        if (step > 0) plan.Quantize(copy, step, isSigned);
        return copy;
    }

    static DnnMap FloatCopy(DnnEngine engine, DnnPlan plan, DnnMap map) => plan.Convolution(map, engine.AddWeights(
        [.. Floats(Identity(map.Channels))], [], map.Channels, map.Channels, kernel: 1));

    static ConvolutionWeights IdentityWeights(DnnEngine engine, int channels) =>
        engine.AddInt8Weights(Bytes(Identity(channels)), Constant(channels, 1), [], channels, channels, kernel: 1);

    static int[] Identity(int channels) =>
        [.. Enumerable.Range(0, channels * channels).Select(i => i % (channels + 1) == 0 ? 1 : 0)];

    static int[] Integers(int count, int least, int most)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(least, most + 1))];
    }

    static float[] Constant(int count, float value) => [.. Enumerable.Repeat(value, count)];

    static float[] Floats(int[] values) => Array.ConvertAll(values, value => (float)value);

    static sbyte[] Bytes(int[] values) => Array.ConvertAll(values, value => (sbyte)value);
}
