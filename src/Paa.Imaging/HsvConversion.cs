using System.Numerics;

namespace Paa.Imaging;

/// <summary>Blue, green, red to hue, saturation, value and back, in single precision.</summary>
/// <remarks>
/// The formulas are OpenCV's for vectors (<c>modules/imgproc/src/color_hsv.simd.hpp</c>), with its fused multiplications. OpenCV
/// computes the last pixels of a row, fewer than its vectors are long, in another order: there results differ by rounding.
/// </remarks>
static class HsvConversion
{
    const int Channels = Image.Channels;
    const float FullTurn = 360, Epsilon = 1.1920929e-7f;

    /// <summary>Pixels that are taken apart into planes at a time: these stay in the processor's cache.</summary>
    const int Block = 256;

    delegate void Formula(ref Vector<float> first, ref Vector<float> second, ref Vector<float> third);

    /// <summary>In place: hue 0 to 360, saturation 0 to 1 for colours that are not negative, value.</summary>
    public static void FromBgr(Span<float> pixels) => Convert(pixels, HsvOf);

    /// <summary>In place: the inverse.</summary>
    public static void ToBgr(Span<float> pixels) => Convert(pixels, BgrOf);

    static void HsvOf(ref Vector<float> blue, ref Vector<float> green, ref Vector<float> red)
    {
        var (b, g, r) = (blue, green, red);
        var largest = Vector.Max(Vector.Max(r, g), b);
        var spread = largest - Vector.Min(Vector.Min(r, g), b);
        var (isRed, isGreen) = (Vector.Equals(r, largest), Vector.Equals(g, largest));
        var difference = Vector.ConditionalSelect(isRed, g - b, Vector.ConditionalSelect(isGreen, b - r, r - g));
        var wrapped = Vector.ConditionalSelect(Vector.LessThan(g, b), new Vector<float>(FullTurn), Vector<float>.Zero);
        var start = Vector.ConditionalSelect(isRed, wrapped,
            Vector.ConditionalSelect(isGreen, new Vector<float>(FullTurn / 3), new Vector<float>(FullTurn * 2 / 3)));
        var slope = new Vector<float>(FullTurn / 6) / (spread + new Vector<float>(Epsilon));
        blue = Vector.FusedMultiplyAdd(difference, slope, start);
        green = spread / (Vector.Abs(largest) + new Vector<float>(Epsilon));
        red = largest;
    }

    static void BgrOf(ref Vector<float> hue, ref Vector<float> saturation, ref Vector<float> value)
    {
        var (one, six) = (Vector<float>.One, new Vector<float>(6));
        var position = hue * (6 / FullTurn);
        var whole = Vector.Truncate(position);
        var fraction = position - whole;
        var none = value * (one - saturation);                                     // of the colour that the hue lacks
        var falling = value * Vector.FusedMultiplyAdd(-saturation, fraction, one);
        var rising = value * Vector.FusedMultiplyAdd(-saturation, one - fraction, one);
        var sector = whole - Vector.Truncate(whole * (1 / 6f)) * six;              // 0 red to yellow, 1 to green, ...

        var (before1, before2, before3) = (Below(1), Below(2), Below(3));
        var (before4, before5) = (Below(4), Below(5));
        var v = value;
        hue = Vector.ConditionalSelect(before2, none, Vector.ConditionalSelect(before3, rising,
            Vector.ConditionalSelect(before5, v, falling)));
        saturation = Vector.ConditionalSelect(before1, rising, Vector.ConditionalSelect(before3, v,
            Vector.ConditionalSelect(before4, falling, none)));
        value = Vector.ConditionalSelect(before1, v, Vector.ConditionalSelect(before2, falling,
            Vector.ConditionalSelect(before4, none, Vector.ConditionalSelect(before5, rising, v))));

        Vector<int> Below(int limit) => Vector.LessThan(sector, new Vector<float>(limit));
    }

    static void Convert(Span<float> pixels, Formula formula)
    {
        Span<float> planes = stackalloc float[Channels * Block];
        var first = planes[..Block];
        var second = planes.Slice(Block, Block);
        var third = planes[(2 * Block)..];
        while (!pixels.IsEmpty)
        {
            var part = pixels[..Math.Min(pixels.Length, Channels * Block)];
            for (int i = 0, at = 0; at < part.Length; i++, at += Channels)
                (first[i], second[i], third[i]) = (part[at], part[at + 1], part[at + 2]);
            for (var i = 0; i < part.Length / Channels; i += Vector<float>.Count)  // a last vector takes old pixels along
            {
                var (a, b, c) = (new Vector<float>(first[i..]), new Vector<float>(second[i..]), new Vector<float>(third[i..]));
                formula(ref a, ref b, ref c);
                a.CopyTo(first[i..]);
                b.CopyTo(second[i..]);
                c.CopyTo(third[i..]);
            }
            for (int i = 0, at = 0; at < part.Length; i++, at += Channels)
                (part[at], part[at + 1], part[at + 2]) = (first[i], second[i], third[i]);
            pixels = pixels[part.Length..];
        }
    }
}
