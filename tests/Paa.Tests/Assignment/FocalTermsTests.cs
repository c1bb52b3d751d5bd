using System.Runtime.Intrinsics;
using Paa.Assignment;

namespace Paa.Tests.Assignment;

public class FocalTermsTests
{
    [Theory]
    [InlineData(2f)]
    [InlineData(1.5f)]
    [InlineData(0f)]
    public void Of_EqualsTheFormulaInDouble_OnBothSidesOfEveryLimit(float gamma)
    {
        var terms = new FocalTerms(gamma);
        for (var x = -23.9f; x < 60; x += 0.0173f)
            Assert.Equal(1, terms.Of(Vector512.Create(x))[3] / Expected(x, gamma), 2e-6 * Math.Max(1, gamma));
    }

    [Fact]
    public void Of_OfExtremes_IsNothingOrEverything()
    {
        var terms = new FocalTerms(2);
        Assert.InRange(terms.Of(Vector512.Create(-24f))[0], 0, 1e-31f);
        Assert.InRange(terms.Of(Vector512.Create(float.NegativeInfinity))[0], 0, 1e-31f);
        Assert.Equal(float.PositiveInfinity, terms.Of(Vector512.Create(float.PositiveInfinity))[0]);
        Assert.True(float.IsNaN(terms.Of(Vector512.Create(float.NaN))[0]));
    }

    /// <summary>One loud class among quiet ones sends all sixteen the long way; the quiet ones must come out alike.</summary>
    [Fact]
    public void Of_GivesQuietTermsTheSameBesideALoudOne()
    {
        var terms = new FocalTerms(2);
        var quiet = Vector512.Create(-4.6f);
        Assert.Equal(terms.Of(quiet)[0], terms.Of(quiet.WithElement(5, 1.5f))[0], 1e-6 * terms.Of(quiet)[0]);
        Assert.Equal(terms.Of(Vector512.Create(1.5f))[0], terms.Of(quiet.WithElement(5, 1.5f))[5]);
    }

    [Fact]
    public void Sum_OfARow_SkipsNegativeInfinity()
    {
        var row = new float[32];
        row.AsSpan().Fill(float.NegativeInfinity);
        (row[3], row[20]) = (-5, 2);
        Assert.Equal(Expected(-5, 2) + Expected(2, 2), new FocalTerms(2).Sum(row), 1e-6);
    }

    static double Expected(double x, double gamma)
    {
        var small = Math.Exp(-Math.Abs(x));
        var log = small < 1e-5 ? small - small * small / 2 : double.LogP1(small);       // .NET's forms 1 + small first
        return Math.Pow(1 / (1 + Math.Exp(-x)), gamma) * (Math.Max(x, 0) + log);
    }
}
