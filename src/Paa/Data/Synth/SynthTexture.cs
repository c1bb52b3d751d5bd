using Paa.Imaging;

namespace Paa.Data.Synth;

/// <summary>A surface of two colours: flat, a gradient, stripes, checks or clouds, always with some noise.</summary>
sealed class SynthTexture
{
    const int Kinds = 5;

    readonly int _kind;
    readonly Color _first, _second;
    readonly double _sin, _cos, _period, _phase, _noise;
    readonly ulong _seed;

    /// <summary>Draws a random pattern in the given colours.</summary>
    /// <param name="random">Chooses the kind of pattern and its parameters.</param>
    /// <param name="first">The colour at one end.</param>
    /// <param name="second">The colour at the other end.</param>
    /// <param name="size">Size of the image or object that the pattern covers, in pixels.</param>
    public SynthTexture(SynthRandom random, Color first, Color second, double size)
    {
        (_first, _second) = (first, second);
        _kind = random.Whole(0, Kinds - 1);
        (_sin, _cos) = Math.SinCos(random.Uniform(0, Math.PI));
        _period = Math.Max(4, size * random.Uniform(0.08, 0.4)) * (_kind == 1 ? 4 : 1);
        _phase = random.Uniform(0, 1);
        _noise = random.Uniform(0.01, 0.06) * 255;
        _seed = random.Next();
    }

    /// <summary>Computes the colour at a pixel, before rounding.</summary>
    public void At(int x, int y, out double red, out double green, out double blue)
    {
        var along = (x * _cos + y * _sin) / _period + _phase;
        var part = _kind switch
        {
            0 => 0,
            1 => Wave(along),
            2 => Math.Clamp(0.5 + 4 * (Wave(along) - 0.5), 0, 1),
            3 => (Whole(along) + Whole((y * _cos - x * _sin) / _period) & 1) == 0 ? 1 : 0,
            _ => Cloud(x / _period, y / _period),
        };
        var hash = SynthRandom.Hash(_seed, x, y);
        var grain = _noise * (((hash & 0xFFFF) + (hash >> 16 & 0xFFFF)) / 65535.0 - 1);
        red = _first.Red + part * (_second.Red - _first.Red) + grain;
        green = _first.Green + part * (_second.Green - _first.Green) + grain;
        blue = _first.Blue + part * (_second.Blue - _first.Blue) + grain;
    }

    /// <summary>A smooth wave between 0 and 1 with period 1.</summary>
    static double Wave(double along)
    {
        var t = Math.Abs(2 * (along - Math.Floor(along)) - 1);
        return t * t * (3 - 2 * t);
    }

    static int Whole(double value) => (int)Math.Floor(value);

    /// <summary>Value noise: random numbers on a grid, interpolated smoothly.</summary>
    double Cloud(double x, double y)
    {
        var (column, row) = (Whole(x), Whole(y));
        var (u, v) = (x - column, y - row);
        (u, v) = (u * u * (3 - 2 * u), v * v * (3 - 2 * v));
        var upper = Node(column, row) * (1 - u) + Node(column + 1, row) * u;
        var lower = Node(column, row + 1) * (1 - u) + Node(column + 1, row + 1) * u;
        return upper * (1 - v) + lower * v;
    }

    double Node(int column, int row) => (SynthRandom.Hash(~_seed, column, row) & 0xFFFF) / 65535.0;
}
