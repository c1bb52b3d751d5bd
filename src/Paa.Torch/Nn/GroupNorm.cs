namespace Paa.Torch.Nn;

/// <summary>Group normalisation: each group of channels of each image by its own mean and variance.</summary>
/// <remarks>Wu and He, ECCV 2018. Starts as the plain normalisation: weight 1, bias 0.</remarks>
public sealed class GroupNorm : Module
{
    /// <summary>Adds weight and bias.</summary>
    /// <param name="path">Where they are named.</param>
    /// <param name="groups">Number of groups; divides the channels.</param>
    /// <param name="channels">Channels of the input, C.</param>
    /// <exception cref="ArgumentException">The groups do not divide the channels.</exception>
    public GroupNorm(ParameterPath path, int groups, int channels) : base(path)
    {
        if (groups < 1 || channels % groups != 0)
            throw new ArgumentException($"{path.Name}: {channels} channels do not divide into {groups} groups.", nameof(groups));
        Groups = groups;
        Weight = path.AddParameter("weight", [channels], 1);
        Bias = path.AddParameter("bias", [channels]);
    }

    /// <summary>Groups of channels, each normalised by itself.</summary>
    public int Groups { get; }

    /// <summary>Scale [C], held by the store.</summary>
    public Tensor Weight { get; }

    /// <summary>Shift [C], held by the store.</summary>
    public Tensor Bias { get; }

    /// <summary>Normalises.</summary>
    /// <param name="input">[N, C, H, W]. Borrowed.</param>
    /// <returns>The same shape, owned.</returns>
    /// <exception cref="ShapeException">Training on one image with a single value a group, as in PyTorch: the result would be the
    /// bias alone, without a gradient.</exception>
    public Tensor Forward(Tensor input)
    {
        ThrowIfUndefined(input);
        return Functional.GroupNorm(input, Groups, Weight, Bias);
    }

    /// <summary>Normalises, max(x, 0), and convolves with the weights of the layer behind; see
    /// <see cref="Functional.NormalizedConv2d"/>.</summary>
    /// <param name="input">[N, C, H, W], or in blocks (see <see cref="BlockedMaps"/>). Borrowed.</param>
    /// <param name="weight">[D, C, k, k]. Borrowed.</param>
    /// <param name="bias">[D], or none. Borrowed.</param>
    /// <param name="padding">Zeros around the normalised map, in pixels.</param>
    /// <returns>[N, D, H + 2 padding - k + 1, likewise], owned; in blocks if the input is and D divides by 16.</returns>
    /// <exception cref="ShapeException">As <see cref="Forward"/>.</exception>
    public Tensor ForwardReluConv2d(Tensor input, Tensor weight, Tensor? bias, int padding)
    {
        ThrowIfUndefined(input);
        return BlockedMaps.IsBlocked(input)
            ? BlockedMaps.NormalizedConv2d(input, Groups, Weight, Bias, weight, bias, padding)
            : Functional.NormalizedConv2d(input, Groups, Weight, Bias, weight, bias, padding);
    }

    void ThrowIfUndefined(Tensor input)
    {
        if (IsTraining && input.Count == Groups)
            throw new ShapeException(
                $"{Path.Name}: {Groups} groups leave one value a group of {input}. "
                + "Use fewer groups, more channels, or larger images.");
    }
}
