using System.Runtime.Intrinsics;
using Paa.Numerics;

namespace Paa.Tests.Numerics;

public class VectorMathTests
{
    [Fact]
    public void Exp_IsExactToAFewRoundings()
    {
        for (var x = -86.9f; x <= 86.9f; x += 0.0137f)
            Assert.Equal(1, VectorMath.Exp(Vector512.Create(x))[0] / Math.Exp(x), 4e-7);
        Assert.Equal(1, VectorMath.Exp(Vector512<float>.Zero)[0]);
    }

    [Fact]
    public void ExpOfNegative_EndsInZeroAndKeepsNaN()
    {
        for (var x = -86.9f; x <= 0; x += 0.0137f)
            Assert.Equal(1, VectorMath.ExpOfNegative(Vector512.Create(x))[0] / Math.Exp(x), 4e-7);
        Assert.Equal(0, VectorMath.ExpOfNegative(Vector512.Create(-1000f))[0]);
        Assert.Equal(0, VectorMath.ExpOfNegative(Vector512.Create(float.NegativeInfinity))[0]);
        Assert.True(float.IsNaN(VectorMath.ExpOfNegative(Vector512.Create(float.NaN))[0]));
    }

    [Fact]
    public void LogOfOnePlus_IsExactToAFewRoundings()
    {
        for (var x = 1e-7f; x <= 1; x *= 1.003f)
            Assert.Equal(1, VectorMath.LogOfOnePlus(Vector512.Create(x))[0] / double.LogP1(x), 4e-7);
        Assert.Equal(0, VectorMath.LogOfOnePlus(Vector512<float>.Zero)[0]);
    }
}
