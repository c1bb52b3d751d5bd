using Paa.Torch.Nn;

namespace Paa.Torch.Optim;

/// <summary>Limits gradients before a step.</summary>
public static class GradientClipping
{
    const float Epsilon = 1e-6f; // torch.nn.utils.clip_grad_norm_

    /// <summary>Scales all gradients together so that their joint 2-norm is at most a limit. Waits for the device.</summary>
    /// <param name="parameters">Parameters; those without a gradient are skipped.</param>
    /// <param name="maxNorm">The limit; infinity only measures.</param>
    /// <returns>The norm before scaling: 0 without gradients, not finite if a gradient is not.</returns>
    public static double ClipNorm(IEnumerable<Parameter> parameters, double maxNorm)
    {
        using var noGrad = new NoGrad();
        using var scope = new TensorScope();
        Tensor[] gradients = [.. parameters.Select(parameter => parameter.Tensor.Gradient).OfType<Tensor>()];
        if (gradients.Length == 0) return 0;
        var norm = Tensor.Stack(Aten.ForeachNorm.InvokeMany(gradients)).Norm().ToSingle();
        var scale = 1 / (norm + Epsilon) * (float)maxNorm; // in single precision, as PyTorch computes it
        if (scale < 1) Aten.ForeachMultiplyScalarInPlace.Run(gradients, scale);
        return norm;
    }
}
