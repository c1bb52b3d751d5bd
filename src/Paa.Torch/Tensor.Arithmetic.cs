namespace Paa.Torch;

public sealed partial class Tensor
{
    /// <summary>Element-wise sum; shapes broadcast.</summary>
    public static Tensor operator +(Tensor left, Tensor right) => Aten.Add.Invoke(left, right);

    /// <summary>Adds a number to every element.</summary>
    public static Tensor operator +(Tensor left, double right) => Aten.AddScalar.Invoke(left, right);

    /// <summary>Adds an integer to every element; an integer tensor stays one.</summary>
    public static Tensor operator +(Tensor left, long right) => Aten.AddScalar.Invoke(left, right);

    /// <summary>Adds a number to every element.</summary>
    public static Tensor operator +(double left, Tensor right) => Aten.AddScalar.Invoke(right, left);

    /// <summary>Element-wise difference; shapes broadcast.</summary>
    public static Tensor operator -(Tensor left, Tensor right) => Aten.Subtract.Invoke(left, right);

    /// <summary>Subtracts a number from every element.</summary>
    public static Tensor operator -(Tensor left, double right) => Aten.SubtractScalar.Invoke(left, right);

    /// <summary>Subtracts an integer from every element; an integer tensor stays one.</summary>
    public static Tensor operator -(Tensor left, long right) => Aten.SubtractScalar.Invoke(left, right);

    /// <summary>A number minus every element.</summary>
    public static Tensor operator -(double left, Tensor right) => Aten.ReverseSubtractScalar.Invoke(right, left);

    /// <summary>Element-wise product; shapes broadcast.</summary>
    public static Tensor operator *(Tensor left, Tensor right) => Aten.Multiply.Invoke(left, right);

    /// <summary>Multiplies every element by a number.</summary>
    public static Tensor operator *(Tensor left, double right) => Aten.MultiplyScalar.Invoke(left, right);

    /// <summary>Multiplies every element by an integer; an integer tensor stays one.</summary>
    public static Tensor operator *(Tensor left, long right) => Aten.MultiplyScalar.Invoke(left, right);

    /// <summary>Multiplies every element by a number.</summary>
    public static Tensor operator *(double left, Tensor right) => Aten.MultiplyScalar.Invoke(right, left);

    /// <summary>Element-wise quotient; shapes broadcast, integers divide to floats.</summary>
    public static Tensor operator /(Tensor left, Tensor right) => Aten.Divide.Invoke(left, right);

    /// <summary>Divides every element by a number.</summary>
    public static Tensor operator /(Tensor left, double right) => Aten.DivideScalar.Invoke(left, right);

    /// <summary>A number divided by every element: reciprocal, then product, as PyTorch computes it.</summary>
    public static Tensor operator /(double left, Tensor right)
    {
        using var reciprocal = Aten.Reciprocal.Invoke(right);
        return reciprocal * left;
    }

    /// <summary>Every element with the opposite sign.</summary>
    public static Tensor operator -(Tensor value) => Aten.Negate.Invoke(value);

    /// <summary>Adds a multiple of another tensor in place.</summary>
    /// <param name="other">Broadcast. Borrowed.</param>
    /// <param name="alpha">The factor of <paramref name="other"/>.</param>
    /// <returns>This tensor.</returns>
    public Tensor AddInPlace(Tensor other, double alpha = 1) => Aten.AddInPlace.InvokeInPlace(this, other, alpha);

    /// <summary>Adds an integer in place; for integer tensors.</summary>
    /// <param name="value">The number.</param>
    /// <returns>This tensor.</returns>
    public Tensor AddInPlace(long value) => Aten.AddScalarInPlace.InvokeInPlace(this, value);

    /// <summary>Moves every element a part of the way to that of another tensor: x becomes x + weight (end - x).</summary>
    /// <param name="end">Of the same shape. Borrowed.</param>
    /// <param name="weight">0 changes nothing.</param>
    /// <returns>This tensor.</returns>
    public Tensor LerpInPlace(Tensor end, double weight) => Aten.LerpInPlace.InvokeInPlace(this, end, weight);

    /// <summary>Sets every element to a value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>This tensor.</returns>
    public Tensor FillInPlace(double value) => Aten.FillInPlace.InvokeInPlace(this, value);

    /// <summary>Overwrites the elements with those of another tensor, converted to this type and device.</summary>
    /// <param name="source">Broadcast. Borrowed.</param>
    /// <returns>This tensor.</returns>
    public Tensor CopyInPlace(Tensor source) => Aten.CopyInPlace.InvokeInPlace(this, source);

    /// <summary>Draws every element from a normal distribution.</summary>
    /// <param name="mean">Its mean.</param>
    /// <param name="std">Its standard deviation.</param>
    /// <param name="generator">Of this tensor's device; null for the default one, which the whole process shares.</param>
    /// <returns>This tensor.</returns>
    public Tensor NormalInPlace(double mean = 0, double std = 1, Generator? generator = null) =>
        Aten.NormalInPlace.InvokeInPlace(this, mean, std, generator);

    /// <summary>Draws every element from a uniform distribution.</summary>
    /// <param name="low">Lower limit, included.</param>
    /// <param name="high">Upper limit, excluded.</param>
    /// <param name="generator">Of this tensor's device; null for the default one, which the whole process shares.</param>
    /// <returns>This tensor.</returns>
    public Tensor UniformInPlace(double low = 0, double high = 1, Generator? generator = null) =>
        Aten.UniformInPlace.InvokeInPlace(this, low, high, generator);
}
