using Paa.Torch;
using Paa.Torch.Nn;
using Paa.Torch.Optim;

namespace Paa.Tests.Torch.Optim;

/// <summary>Compares with PyTorch's own optimisers; the numbers come from make_numbers.py beside this file.</summary>
[Collection("Native")]
public class OptimizerTests
{
    const float Tolerance = 2e-7f; // one unit in the last place of a float near 3

    static ParameterStore MakeStore()
    {
        var store = new ParameterStore();
        var (a, b, c) = (store.Root.AddParameter("a", [2, 2]), store.Root.AddParameter("b", [2]),
            store.Root.AddParameter("c", []));
        using var noGrad = new NoGrad();
        a.CopyFrom<float>([1, -2, 0.5f, 3]);
        b.CopyFrom<float>([0.1f, -0.2f]);
        c.FillInPlace(0.7);
        return store;
    }

    static void SetGradients(ParameterStore store, int step)
    {
        using var scope = new TensorScope();
        foreach (var (number, parameter) in store.Entries.Index())
        {
            var values = new float[parameter.Tensor.Count];
            for (var i = 0; i < values.Length; i++) values[i] = (float)Math.Sin(3 * step + 10 * number + i);
            parameter.Tensor.ClearGradient();
            if (number != 2 || step != 0) parameter.Tensor.SetGradient(Tensor.From(values, parameter.Tensor.Shape));
        }
    }

    static void Run(ParameterStore store, Optimizer optimizer, int from = 0, int to = 4)
    {
        for (var step = from; step < to; step++)
        {
            if (step == 2) optimizer.LearningRate *= 0.5;
            SetGradients(store, step);
            optimizer.Step();
        }
    }

    static float[] Values(ParameterStore store) => [.. store.Entries.SelectMany(entry => entry.Tensor.ToArray<float>())];

    static void AssertEqual(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], Tolerance);
    }

    [Fact]
    public void Sgd_EqualsPyTorch()
    {
        using var live = new LiveTensorCheck();
        using var store = MakeStore();
        using var optimizer = new Sgd(store.Parameters, learningRate: 0.1);
        Run(store, optimizer);
        AssertEqual([0.979252875f, -2.0141151f, 0.505494297f, 3.02005219f, 0.119286723f, -0.196639106f, 0.779675782f],
            Values(store));
        Assert.Empty(optimizer.GetState().State);
    }

    [Fact]
    public void SgdWithMomentumAndDecay_EqualsPyTorch()
    {
        using var live = new LiveTensorCheck();
        using var store = MakeStore();
        using var optimizer = new Sgd(store.Parameters, learningRate: 0.1, momentum: 0.9, weightDecay: 0.01);
        Run(store, optimizer);
        AssertEqual([0.973809719f, -2.10722661f, 0.388471663f, 2.98396516f, 0.186347127f, -0.0702704042f, 0.815277696f],
            Values(store));
    }

    [Fact]
    public void SgdWithNesterovsMomentum_EqualsPyTorch()
    {
        using var live = new LiveTensorCheck();
        using var store = MakeStore();
        using var optimizer = new Sgd(Group(store), momentum: 0.9, nesterov: true);
        Run(store, optimizer);
        AssertEqual([0.952719808f, -2.1042273f, 0.404045254f, 2.99669504f, 0.196419075f, -0.0797598064f, 0.881804705f],
            Values(store));
        Assert.Equal(true, optimizer.GetState().ParameterGroups[0]["nesterov"]);

        using var plain = new Sgd(Group(store), momentum: 0.5);
        plain.SetState(optimizer.GetState());           // a checkpoint brings its rule, as PyTorch's load_state_dict
        Assert.Equal(true, plain.GetState().ParameterGroups[0]["nesterov"]);
        Assert.Throws<ArgumentException>(() => new Sgd(Group(store), momentum: 0, nesterov: true));

        static ParameterGroup[] Group(ParameterStore store) =>
            [new(store.Parameters) { LearningRate = 0.1, WeightDecay = 0.01 }];
    }

    [Theory]
    [InlineData(false, new[] { 0.973809719f, -2.10722661f, 0.388471663f, 2.98396516f, 0.27428484f, 0.0577504151f, 0.757669151f })]
    [InlineData(true, new[] { 0.911112309f, -2.08619452f, 0.38811934f, 2.8866353f, 0.357765377f, 0.0197648667f, 0.754398406f })]
    public void GroupsWithFactors_EqualPyTorch(bool adam, float[] expected)
    {
        using var live = new LiveTensorCheck();
        using var store = MakeStore();
        var decay = adam ? 0.05 : 0.01;
        ParameterGroup[] groups =
        [
            new([store["a"]]) { LearningRate = 0.1, WeightDecay = decay },
            new([store["b"]]) { LearningRate = 0.2, RateFactor = 2 },
            new([store["c"]]) { LearningRate = 0.05, RateFactor = 0.5, WeightDecay = decay },
        ];
        using Optimizer optimizer = adam ? new AdamW(groups) : new Sgd(groups, momentum: 0.9);
        Run(store, optimizer);
        AssertEqual(expected, Values(store));
    }

    [Fact]
    public void GroupsWithEqualOptions_StepAsOneGroup()
    {
        using var one = MakeStore();
        using var many = MakeStore();
        using var together = new Sgd(one.Parameters, learningRate: 0.1, momentum: 0.9, weightDecay: 0.01);
        using var apart = new Sgd(
            [.. many.Parameters.Select(parameter => new ParameterGroup([parameter]) { LearningRate = 0.1, WeightDecay = 0.01 })],
            momentum: 0.9);
        Run(one, together);
        Run(many, apart);
        Assert.Equal(Values(one), Values(many));
        Assert.Equal([0L, 1, 2], apart.GetState().ParameterGroups.SelectMany(group => (long[])group["params"]!));
    }

    [Fact]
    public void AdamW_EqualsPyTorch()
    {
        using var live = new LiveTensorCheck();
        using var store = MakeStore();
        using var optimizer = new AdamW(store.Parameters, learningRate: 0.1, weightDecay: 0.05);
        Run(store, optimizer);
        AssertEqual([0.911112309f, -2.08619452f, 0.38811934f, 2.8866353f, 0.226318806f, -0.0881479606f, 0.808558166f],
            Values(store));
    }

    /// <summary>Beyond the numbers of a thread's share, where the last is not full.</summary>
    [Fact]
    public void AdamW_InOnePass_EqualsOneOperationAfterAnother()
    {
        const int count = 100_003;
        using var scope = new TensorScope();
        TorchRuntime.ManualSeed(3);
        var (start, gradients) = (Tensor.Zeros([count]).NormalInPlace(0, 1), new Tensor[3]);
        for (var i = 0; i < gradients.Length; i++) gradients[i] = Tensor.Zeros([count]).NormalInPlace(0, 1e-3);
        var (fused, plain) = (Train(isFused: true), Train(isFused: false));
        for (var i = 0; i < count; i++) Assert.Equal(plain[i], fused[i], 1e-6f);

        float[] Train(bool isFused)
        {
            using var store = new ParameterStore();
            var weight = store.Root.AddParameter("w", [count]);
            using (new NoGrad()) weight.CopyInPlace(start);
            using var optimizer = new AdamW(store.Parameters, learningRate: 0.01, weightDecay: 0.05) { IsFused = isFused };
            foreach (var gradient in gradients)
            {
                weight.SetGradient(gradient);
                optimizer.Step();
            }
            return weight.ToArray<float>();
        }
    }

    [Fact]
    public void Groups_HaveTheirOwnOptions()
    {
        using var store = MakeStore();
        using var grouped = new Sgd([
            new ParameterGroup([store["a"], store["b"]]) { LearningRate = 0.1, WeightDecay = 0.01 },
            new ParameterGroup([store["c"]]) { LearningRate = 0 },
        ]);
        SetGradients(store, 1);
        grouped.Step();
        Assert.Equal(0.7f, store["c"].Tensor.ToSingle());
        Assert.NotEqual(0.1f, store["b"].Tensor.ToArray<float>()[0]);
        grouped.LearningRate = 0.5;
        Assert.All(grouped.Groups, group => Assert.Equal(0.5, group.LearningRate));
        Assert.Equal([2L], (long[])grouped.GetState().ParameterGroups[1]["params"]!);
    }

    [Fact]
    public void State_HasPyTorchsLayout()
    {
        using var store = MakeStore();
        using var sgd = new Sgd(store.Parameters, 0.1, 0.9, 0.01);
        Run(store, sgd, to: 1); // c has no gradient in the first step
        var state = sgd.GetState();
        Assert.Equal([0, 1], state.State.Keys);
        Assert.Equal(["momentum_buffer"], state.State[0].Keys);
        Assert.Equal([2L, 2], state.State[0]["momentum_buffer"].Shape);
        var group = Assert.Single(state.ParameterGroups);
        Assert.Equal([0L, 1, 2], (long[])group["params"]!);
        Assert.Equal(0.1, group["lr"]);
        Assert.Equal(0.9, group["momentum"]);
        Assert.Equal(0.01, group["weight_decay"]);
        Assert.Equal(false, group["nesterov"]);

        using var adam = new AdamW(store.Parameters, 0.1);
        Run(store, adam, to: 2);
        Assert.Equal(["exp_avg", "exp_avg_sq", "step"], adam.GetState().State[1].Keys.Order());
        Assert.Equal(2, adam.GetState().State[1]["step"].ToSingle());
        Assert.Equal(1, adam.GetState().State[2]["step"].ToSingle());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SetState_ContinuesExactly(bool adam)
    {
        using var live = new LiveTensorCheck();
        Optimizer Make(ParameterStore store, double rate) =>
            adam ? new AdamW(store.Parameters, rate, 0.05) : new Sgd(store.Parameters, rate, 0.9, 0.01);

        using var whole = MakeStore();
        using var wholeOptimizer = Make(whole, 0.1);
        Run(whole, wholeOptimizer, 0, 3);

        using var resumed = MakeStore();
        using (var noGrad = new NoGrad())
        {
            foreach (var entry in resumed.Entries) entry.Tensor.CopyInPlace(whole[entry.Name].Tensor);
        }
        using var resumedOptimizer = Make(resumed, 99);
        resumedOptimizer.SetState(wholeOptimizer.GetState());
        Assert.Equal(wholeOptimizer.LearningRate, resumedOptimizer.LearningRate);

        Run(whole, wholeOptimizer, 3, 4);
        Run(resumed, resumedOptimizer, 3, 4);
        Assert.Equal(Values(whole), Values(resumed));
    }

    [Fact]
    public void SetState_OfOtherParameters_SaysWhatDiffers()
    {
        using var scope = new TensorScope();
        using var store = MakeStore();
        using var optimizer = new Sgd(store.Parameters, 0.1, 0.9);
        Run(store, optimizer, to: 2);
        var state = optimizer.GetState();

        using var fewer = new Sgd(store.Parameters.Take(2), 0.1, 0.9);
        Assert.Contains("2 parameters, the state 3", Assert.Throws<ArgumentException>(() => fewer.SetState(state)).Message);
        using var reversed = new Sgd(store.Parameters.Reverse(), 0.1, 0.9);
        Assert.Contains("momentum_buffer of c", Assert.Throws<ShapeException>(() => reversed.SetState(state)).Message);
        Assert.Empty(reversed.GetState().State); // unchanged by the failure
    }

    [Fact]
    public void ClearGradients_ForgetsAll()
    {
        using var store = MakeStore();
        using var optimizer = new Sgd(store.Parameters, 0.1);
        SetGradients(store, 1);
        optimizer.ClearGradients();
        Assert.All(store.Entries, entry => Assert.Null(entry.Tensor.Gradient));
    }

    [Fact]
    public void ClipGradients_EqualsPyTorch()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        store.Root.AddParameter("a", [3]).SetGradient(Tensor.From([3f, -4, 0.5f], 3));
        store.Root.AddParameter("b", [2, 2]).SetGradient(Tensor.From([1f, 2, 2, -1], 2, 2));
        store.Root.AddParameter("unused", [5]);
        Assert.Equal(5.93717098, Clip(store, 2), 1e-6);
        float[] clipped = [.. store["a"].Tensor.Gradient!.ToArray<float>(), .. store["b"].Tensor.Gradient!.ToArray<float>()];
        AssertEqual([1.01058221f, -1.34744287f, 0.168430358f, 0.336860716f, 0.673721433f, 0.673721433f, -0.336860716f], clipped);
        Assert.Equal(2, Clip(store, 10), 1e-5);
        Assert.Equal(clipped[..3], store["a"].Tensor.Gradient!.ToArray<float>()); // below the limit nothing changes
    }

    [Fact]
    public void NormOfGradients_WithoutAny_IsZero()
    {
        using var store = MakeStore();
        Assert.Equal(0, Clip(store, 1));
    }

    /// <summary>As torch.nn.utils.clip_grad_norm_: limits the joint norm, and returns what it was before.</summary>
    static double Clip(ParameterStore store, double maxNorm)
    {
        using var scope = new TensorScope();
        var gradients = GradientClipping.GradientsOf(store.Parameters);
        var norm = GradientClipping.Norm(gradients).ToSingle();
        GradientClipping.Scale(gradients, norm, maxNorm);
        return norm;
    }
}
