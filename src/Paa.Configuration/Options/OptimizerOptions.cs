namespace Paa.Options;

/// <summary>Kinds of optimiser.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with momentum.</summary>
    SGD,

    /// <summary>Adam with decoupled weight decay.</summary>
    AdamW,
}

/// <summary>The rule that updates the weights.</summary>
public sealed record OptimizerOptions
{
    /// <summary>The kind of optimiser.</summary>
    [ConfigKey("type")]
    public OptimizerKind Kind { get; init; } = OptimizerKind.SGD;

    /// <summary>Learning rate after warm-up; 0.01 suits 8 GPUs with 2 images each.</summary>
    [ConfigKey("lr")]
    public double LearningRate { get; init; } = 0.01;

    /// <summary>Momentum of SGD.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether SGD looks ahead along its momentum (Sutskever et al., ICML 2013), as PyTorch computes it.</summary>
    public bool Nesterov { get; init; }

    /// <summary>L2 penalty on every parameter (SGD), or decoupled decay (AdamW).</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Decay rates of AdamW's averages of the gradient and of the squared gradient.</summary>
    public double[] Betas { get; init; } = [0.9, 0.999];

    /// <summary>Learning rates and decays that differ by parameter; null for the same for all.</summary>
    [ConfigKey("paramwise_cfg")]
    public ParameterwiseOptions? Parameterwise { get; init; }
}

/// <summary>
/// Factors of learning rate and weight decay by parameter, as mmcv's <c>DefaultOptimizerConstructor</c> and MMEngine's
/// <c>DefaultOptimWrapperConstructor</c> choose them.
/// </summary>
/// <remarks>A parameter whose name contains a key of <see cref="CustomKeys"/> takes that key's factors and no other.</remarks>
public sealed record ParameterwiseOptions
{
    /// <summary>Factor of the rate of biases, except of norm layers and of the offsets of deformable convolutions.</summary>
    [ConfigKey("bias_lr_mult")]
    public double BiasRateFactor { get; init; } = 1;

    /// <summary>Factor of the decay of these biases; null for none.</summary>
    [ConfigKey("bias_decay_mult")]
    public double? BiasDecayFactor { get; init; }

    /// <summary>
    /// Factor of the decay of weights and biases of norm layers. Null lets the biases follow <see cref="BiasDecayFactor"/>, as
    /// MMEngine does; mmcv (MMDetection 2.x) has 1 there.
    /// </summary>
    [ConfigKey("norm_decay_mult")]
    public double? NormDecayFactor { get; init; }

    /// <summary>Factor of the decay of depthwise convolutions; no network here has one.</summary>
    [ConfigKey("dwconv_decay_mult")]
    public double DepthwiseDecayFactor { get; init; } = 1;

    /// <summary>Factor of the rate of the layers that predict the offsets of deformable convolutions.</summary>
    [ConfigKey("dcn_offset_lr_mult")]
    public double OffsetRateFactor { get; init; } = 1;

    /// <summary>Factor of the decay of other parameters with one axis, which MMEngine knows; null for none.</summary>
    [ConfigKey("flat_decay_mult")]
    public double? FlatDecayFactor { get; init; }

    /// <summary>Whether a shared parameter is optimised once; no network here has one.</summary>
    [ConfigKey("bypass_duplicate")]
    public bool BypassesDuplicates { get; init; }

    /// <summary>
    /// Factors by a part of the parameter's name, such as <c>backbone.layer1</c>: the longest key that occurs in the name
    /// counts, of equally long ones the first by alphabet.
    /// </summary>
    public IReadOnlyDictionary<string, ParameterFactors> CustomKeys { get; init; } = new Dictionary<string, ParameterFactors>();
}

/// <summary>Factors of one key of <see cref="ParameterwiseOptions.CustomKeys"/>.</summary>
public sealed record ParameterFactors
{
    /// <summary>Factor of the learning rate.</summary>
    [ConfigKey("lr_mult")]
    public double Rate { get; init; } = 1;

    /// <summary>Factor of the weight decay.</summary>
    [ConfigKey("decay_mult")]
    public double Decay { get; init; } = 1;
}
