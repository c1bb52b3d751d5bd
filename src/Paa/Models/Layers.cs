using Paa.Checkpoints;
using Paa.Options;

namespace Paa.Models;

/// <summary>A tensor of a network: a weight that training changes, or a buffer such as running statistics.</summary>
/// <param name="Name">Its key in a <c>state_dict</c>: <c>backbone.layer1.0.conv1.weight</c>.</param>
/// <param name="Shape">Sizes, slowest axis first; none for a single number.</param>
/// <param name="Value">Of every element, until somebody initialises or loads it.</param>
public sealed record ParameterSpec(string Name, long[] Shape, double Value = 0)
{
    /// <summary>Whether this is saved with the weights but never trained.</summary>
    public bool IsBuffer { get; init; }

    /// <summary>Whether training changes it: it is a weight, and not frozen.</summary>
    public bool IsTrainable { get; init; } = true;

    /// <summary>Type of the elements.</summary>
    public ScalarType Type { get; init; } = ScalarType.Float32;

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (count, size) => count * size);
}

/// <summary>A layer that has parameters. Networks are made of these; an <see cref="INetworkEngine{TMap}"/> gives them their
/// meaning.</summary>
/// <param name="Name">Its place in the network, the start of its parameters' names: <c>backbone.layer1.0.conv1</c>.</param>
public abstract record NetworkLayer(string Name)
{
    /// <summary>Its parameters, in the order of MMDetection's <c>state_dict</c>.</summary>
    public abstract IEnumerable<ParameterSpec> Parameters { get; }
}

/// <summary>How the weights of a convolution begin in training from scratch.</summary>
public enum WeightInitialization
{
    /// <summary>Normal by the fan-out, for layers in front of a ReLU (He et al., ICCV 2015).</summary>
    KaimingNormal,

    /// <summary>Uniform by fan-in and fan-out (Glorot and Bengio, AISTATS 2010).</summary>
    XavierUniform,

    /// <summary>Normal with a standard deviation of 0.01 (Lin et al., ICCV 2017).</summary>
    SmallNormal,
}

/// <summary>A two-dimensional convolution, and the norm behind it if it has one.</summary>
/// <param name="Name">Its place in the network.</param>
/// <param name="InChannels">Channels of the input, C.</param>
/// <param name="OutChannels">Channels of the result, D.</param>
/// <param name="Kernel">Side of the kernel, k. The padding is half of it, so that the size stays at stride 1.</param>
public sealed record ConvolutionLayer(string Name, int InChannels, int OutChannels, int Kernel) : NetworkLayer(Name)
{
    /// <summary>Step, in pixels.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Independent groups of channels; divides C and D.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Whether a number a channel is added. A convolution in front of a norm needs none.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>The norm of its result; null for none.</summary>
    public NormLayer? Norm { get; init; }

    /// <summary>Predicts, from the same input, where the kernel reads (DCNv2); null for a plain convolution.</summary>
    public ConvolutionLayer? Offsets { get; init; }

    /// <summary>Groups of input channels with offsets of their own; counts with <see cref="Offsets"/> only.</summary>
    public int OffsetGroups { get; init; } = 1;

    /// <summary>Whether training leaves the weights as they are.</summary>
    public bool IsFrozen { get; init; }

    /// <summary>How its weights begin.</summary>
    public WeightInitialization Initialization { get; init; } = WeightInitialization.KaimingNormal;

    /// <summary>Where its bias begins.</summary>
    public double InitialBias { get; init; }

    /// <summary>Zeros around the input, in pixels.</summary>
    public int Padding => Kernel / 2;

    /// <summary>Name of the weights, [D, C / groups, k, k].</summary>
    public string WeightName => Name + ".weight";

    /// <summary>Name of the bias, [D], where there is one.</summary>
    public string BiasName => Name + ".bias";

    /// <summary>Numbers in the weights.</summary>
    public long WeightCount => (long)OutChannels * (InChannels / Groups) * Kernel * Kernel;

    /// <inheritdoc/>
    public override IEnumerable<ParameterSpec> Parameters
    {
        get
        {
            yield return new(WeightName, [OutChannels, InChannels / Groups, Kernel, Kernel]) { IsTrainable = !IsFrozen };
            if (HasBias) yield return new(BiasName, [OutChannels]) { IsTrainable = !IsFrozen };
            foreach (var parameter in (Offsets?.Parameters ?? []).Concat(Norm?.Parameters ?? [])) yield return parameter;
        }
    }

    /// <summary>The same layer with deformable taps (Zhu et al., CVPR 2019), named as mmcv's
    /// <c>ModulatedDeformConv2dPack</c>.</summary>
    /// <param name="groups">Groups of input channels with offsets of their own; divides C.</param>
    public ConvolutionLayer Deform(int groups = 1) => this with
    {
        OffsetGroups = groups,
        // An offset in y and x and a factor, for each tap.
        Offsets = new(Name + ".conv_offset", InChannels, 3 * groups * Kernel * Kernel, Kernel)
        {
            Stride = Stride,
            IsFrozen = IsFrozen,
        },
    };
}

/// <summary>The norm behind a convolution.</summary>
/// <param name="Name">Its place in the network.</param>
/// <param name="Kind">Batch norm, or group norm with <see cref="Groups"/> groups.</param>
/// <param name="Channels">Channels of the map.</param>
public sealed record NormLayer(string Name, NormKind Kind, int Channels) : NetworkLayer(Name)
{
    /// <summary>Groups of every group norm in PAA (Wu and He, ECCV 2018).</summary>
    public const int Groups = 32;

    /// <summary>Added to the variance.</summary>
    public const float Epsilon = 1e-5f;

    /// <summary>Whether training leaves it as it is, statistics included.</summary>
    public bool IsFrozen { get; init; }

    /// <summary>Whether a batch norm that trains normalises by its stored statistics, which stay (MMDetection's
    /// <c>norm_eval</c>).</summary>
    public bool KeepsStatistics { get; init; }

    /// <summary>Where its scale begins in training from scratch: 0 makes a residual block begin as the identity.</summary>
    public double InitialScale { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<ParameterSpec> Parameters
    {
        get
        {
            yield return new(Name + ".weight", [Channels], Value: 1) { IsTrainable = !IsFrozen };
            yield return new(Name + ".bias", [Channels]) { IsTrainable = !IsFrozen };
            if (Kind != NormKind.BN) yield break;
            yield return Buffer("running_mean", [Channels]);
            yield return Buffer("running_var", [Channels], value: 1);
            yield return Buffer("num_batches_tracked", []) with { Type = ScalarType.Int64 };
        }
    }

    ParameterSpec Buffer(string name, long[] shape, double value = 0) =>
        new($"{Name}.{name}", shape, value) { IsBuffer = true, IsTrainable = false };
}

/// <summary>A learned factor of a whole map.</summary>
/// <param name="Name">Its place in the network.</param>
public sealed record ScaleLayer(string Name) : NetworkLayer(Name)
{
    /// <summary>Name of the factor, a single number.</summary>
    public string FactorName => Name + ".scale";

    /// <inheritdoc/>
    public override IEnumerable<ParameterSpec> Parameters => [new(FactorName, [], Value: 1)];
}
