using Paa.Checkpoints;
using Paa.Torch.Nn;

namespace Paa.Torch.Optim;

/// <summary>Adam with decoupled weight decay, as torch.optim.AdamW without amsgrad.</summary>
/// <remarks>Loshchilov and Hutter, ICLR 2019, algorithm 2; the order of operations is that of PyTorch.</remarks>
public sealed class AdamW : Optimizer
{
    const string MeanName = "exp_avg";
    const string SquareName = "exp_avg_sq";

    double _beta1;
    double _beta2;
    double _epsilon;

    /// <summary>Whether a step is one pass over memory where that can be; false, for tests, for one pass an operation.</summary>
    internal bool IsFused { get; set; } = true;

    /// <summary>Optimises groups with options of their own.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="beta1">Share of the running mean of gradients that stays.</param>
    /// <param name="beta2">Share of the running mean of squared gradients that stays.</param>
    /// <param name="epsilon">Added to the root of the squares.</param>
    public AdamW(IReadOnlyList<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8)
        : base(groups) =>
        (_beta1, _beta2, _epsilon) = (beta1, beta2, epsilon);

    /// <summary>Optimises parameters that are treated alike.</summary>
    /// <param name="parameters">Weights, frozen ones too.</param>
    /// <param name="learningRate">Size of a step.</param>
    /// <param name="weightDecay">Times the learning rate: the share of a weight that each step takes away.</param>
    public AdamW(IEnumerable<Parameter> parameters, double learningRate, double weightDecay = 0.01)
        : this([new ParameterGroup(parameters) { LearningRate = learningRate, WeightDecay = weightDecay }])
    {
    }

    /// <inheritdoc/>
    protected override void Update(ParameterGroup group, TrainedParameters trained)
    {
        Begin(trained);
        var (parameters, gradients) = (trained.Parameters, trained.Gradients);
        var means = trained.Remembered(MeanName);
        var squares = trained.Remembered(SquareName);
        var steps = Array.ConvertAll(trained.Memory, CountStep);
        var sizes = Array.ConvertAll(steps, step => group.LearningRate / (1 - Math.Pow(_beta1, step)));
        var corrections = Array.ConvertAll(steps, step => Math.Sqrt(1 - Math.Pow(_beta2, step)));
        var keep = 1 - group.LearningRate * group.WeightDecay;
        if (IsFused && parameters.All(IsPlain) && gradients.All(IsPlain))
            Aten.AdamWInPlace.Run(
                parameters, gradients, means, squares, sizes, corrections, keep, _beta1, _beta2, _epsilon);
        else
            UpdateOneByOne(parameters, gradients, means, squares, sizes, corrections, keep);
    }

    /// <summary>The step with libtorch's operators on lists, on any device: the oracle of the one in a single pass.</summary>
    void UpdateOneByOne(
        Tensor[] parameters, Tensor[] gradients, Tensor[] means, Tensor[] squares, double[] sizes, double[] corrections,
        double keep)
    {
        Aten.ForeachMultiplyScalarInPlace.Run(parameters, keep);
        Aten.ForeachMultiplyScalarInPlace.Run(means, _beta1);
        Aten.ForeachAddInPlace.Run(means, gradients, 1 - _beta1);
        Aten.ForeachMultiplyScalarInPlace.Run(squares, _beta2);
        Aten.ForeachAddProductInPlace.Run(squares, gradients, gradients, 1 - _beta2);

        var roots = Aten.ForeachSqrt.InvokeMany(squares);
        Aten.ForeachDivideInPlace.Run(roots, corrections);
        Aten.ForeachAddScalarInPlace.Run(roots, _epsilon);
        Aten.ForeachAddQuotientInPlace.Run(parameters, means, roots, Array.ConvertAll(sizes, size => -size));
    }

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, object?> Options(ParameterGroup group) => new Dictionary<string, object?>
    {
        ["lr"] = group.LearningRate,
        ["betas"] = new[] { _beta1, _beta2 },
        ["eps"] = _epsilon,
        ["weight_decay"] = group.WeightDecay,
        ["amsgrad"] = false,
        ["foreach"] = null,
        ["maximize"] = false,
        ["capturable"] = false,
    };

    /// <inheritdoc/>
    protected override void SetOptions(ParameterGroup group, IReadOnlyDictionary<string, object?> options)
    {
        base.SetOptions(group, options);
        if (options.GetValueOrDefault("betas") is not IReadOnlyList<double> { Count: 2 } betas)
            throw new ArgumentException("Optimiser state: a parameter group has no pair of numbers betas.");
        (_beta1, _beta2) = (betas[0], betas[1]);
        _epsilon = Number(options, "eps");
    }

    static void Begin(TrainedParameters trained)
    {
        for (var i = 0; i < trained.Memory.Length; i++)
        {
            if (trained.Memory[i].Count > 0) continue;
            trained.Memory[i].Add(StepName, Tensor.Scalar(0).Hold());
            trained.Memory[i].Add(MeanName, trained.Parameters[i].ZerosLike().Hold());
            trained.Memory[i].Add(SquareName, trained.Parameters[i].ZerosLike().Hold());
        }
    }

    /// <summary>Whether a tensor is in host memory, contiguous, in single precision.</summary>
    static bool IsPlain(Tensor tensor) => tensor.Device.IsCpu && tensor.Type == ScalarType.Float32 && tensor.IsContiguous;

    static float CountStep(Dictionary<string, Tensor> memory) => memory[StepName].AsSpan<float>()[0] += 1;
}
