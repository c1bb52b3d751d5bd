namespace Paa.Torch;

public sealed partial class Tensor
{
    /// <summary>e to the power of every element.</summary>
    public Tensor Exp() => Aten.Exp.Invoke(this);

    /// <summary>Natural logarithm.</summary>
    public Tensor Log() => Aten.Log.Invoke(this);

    /// <summary>Square root.</summary>
    public Tensor Sqrt() => Aten.Sqrt.Invoke(this);

    /// <summary>One divided by the square root.</summary>
    public Tensor ReciprocalSqrt() => Aten.ReciprocalSqrt.Invoke(this);

    /// <summary>Every element to a power.</summary>
    /// <param name="exponent">The power.</param>
    public Tensor Pow(double exponent) => Aten.Pow.Invoke(this, exponent);

    /// <summary>Absolute value.</summary>
    public Tensor Abs() => Aten.Abs.Invoke(this);

    /// <summary>1 / (1 + e^-x).</summary>
    public Tensor Sigmoid() => Aten.Sigmoid.Invoke(this);

    /// <summary>Every element limited; outside the limits the derivative is 0.</summary>
    /// <param name="min">Lower limit, or none.</param>
    /// <param name="max">Upper limit, or none.</param>
    public Tensor Clamp(double? min = null, double? max = null) => Aten.Clamp.Invoke(this, min, max);

    /// <summary>The larger of two elements; shapes broadcast.</summary>
    /// <param name="other">Borrowed.</param>
    public Tensor Maximum(Tensor other) => Aten.Maximum.Invoke(this, other);

    /// <summary>The smaller of two elements; shapes broadcast.</summary>
    /// <param name="other">Borrowed.</param>
    public Tensor Minimum(Tensor other) => Aten.Minimum.Invoke(this, other);

    /// <summary>Chooses element by element; shapes broadcast.</summary>
    /// <param name="condition">Bool. Borrowed.</param>
    /// <param name="ifTrue">Where the condition is true. Borrowed.</param>
    /// <param name="ifFalse">Elsewhere. Borrowed.</param>
    public static Tensor Where(Tensor condition, Tensor ifTrue, Tensor ifFalse) => Aten.Where.Invoke(condition, ifTrue, ifFalse);

    /// <summary>Bool: which elements are greater than a number.</summary>
    /// <param name="value">The number.</param>
    public Tensor Greater(double value) => Aten.GreaterScalar.Invoke(this, value);

    /// <summary>Bool: which elements are neither infinite nor NaN.</summary>
    public Tensor IsFinite() => Aten.IsFinite.Invoke(this);
}
