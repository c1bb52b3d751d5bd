using Paa.Torch.Nn;

namespace Paa.Torch.Optim;

/// <summary>Limits gradients before a step.</summary>
public static class GradientClipping
{
    const float Epsilon = 1e-6f; // torch.nn.utils.clip_grad_norm_

    /// <summary>The gradients of parameters; those without one are left out. The caller or the current scope owns the handles.</summary>
    /// <param name="parameters">Parameters.</param>
    public static Tensor[] GradientsOf(IEnumerable<Parameter> parameters) =>
        [.. parameters.Select(parameter => parameter.Tensor.Gradient).OfType<Tensor>()];

    /// <summary>The joint 2-norm of gradients, on their device: nobody waits. Not finite if a gradient is not.</summary>
    /// <param name="gradients">Borrowed.</param>
    /// <returns>A tensor of rank 0; 0 without gradients.</returns>
    public static Tensor Norm(Tensor[] gradients)
    {
        using var noGrad = new NoGrad();
        using var scope = new TensorScope();
        return scope.Keep(gradients.Length == 0 ? Tensor.Scalar(0) : Tensor.Stack(Aten.ForeachNorm.InvokeMany(gradients)).Norm());
    }

    /// <summary>Divides gradients by a loss scale and then scales them together so that their joint norm is at most a limit, in one pass;
    /// none if nothing is to be done.</summary>
    /// <param name="gradients">Changed in place.</param>
    /// <param name="norm">Their joint norm after the division.</param>
    /// <param name="maxNorm">The limit.</param>
    /// <param name="lossScale">By what the loss was multiplied.</param>
    public static void Scale(Tensor[] gradients, float norm, double maxNorm, double lossScale = 1)
    {
        using var noGrad = new NoGrad();
        var clipping = 1 / (norm + Epsilon) * (float)maxNorm; // in single precision, as PyTorch computes it
        var factor = (float)(1 / lossScale) * (clipping < 1 ? clipping : 1);
        if (factor != 1 && gradients.Length > 0) Aten.ForeachMultiplyScalarInPlace.Run(gradients, factor);
    }
}
