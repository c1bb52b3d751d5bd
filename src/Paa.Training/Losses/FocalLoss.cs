using Paa.Models;
using Paa.Options;
using Paa.Torch;

namespace Paa.Training.Losses;

/// <summary>Focal loss on logits: cross entropy that fades for what is already right.</summary>
/// <remarks>Lin et al., ICCV 2017, equation 5: -alpha_t (1 - p_t)^gamma log p_t, per anchor and class.</remarks>
public static class FocalLoss
{
    /// <summary>The loss of every element, without reduction or weight.</summary>
    /// <param name="logits">[n, K].</param>
    /// <param name="targets">[n, K], 1 at the anchor's class and 0 elsewhere; a background row is all 0.</param>
    /// <param name="options">Alpha and gamma.</param>
    /// <returns>[n, K], not negative.</returns>
    public static Tensor Elementwise(Tensor logits, Tensor targets, FocalLossOptions options)
    {
        using var scope = new TensorScope();
        var scores = logits.Sigmoid();
        var wrong = scores + targets - scores * targets * 2;  // 1 - p_t
        var alpha = targets * (2 * options.Alpha - 1) + (1 - options.Alpha);
        var entropy = Functional.BinaryCrossEntropyWithLogits(logits, targets);
        return scope.Keep(entropy * (alpha * wrong.Pow(options.Gamma)));
    }
}
