namespace Paa.Inference;

/// <summary>A rectangle of whole pixels; ends are exclusive.</summary>
readonly record struct PixelRectangle(int Left, int Top, int Right, int Bottom)
{
    public int Width => Right - Left;

    public int Height => Bottom - Top;

    public long Area => (long)Width * Height;

    /// <summary>How much of this rectangle another one hides, 0..1.</summary>
    public double HiddenBy(PixelRectangle other)
    {
        var width = Math.Min(Right, other.Right) - Math.Max(Left, other.Left);
        var height = Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top);
        return width > 0 && height > 0 ? (double)width * height / Area : 0;
    }

    /// <summary>The same size, moved as little as brings it inside an image; at the upper left if it is larger.</summary>
    public PixelRectangle MovedInto(int height, int width)
    {
        var (left, top) = (Math.Max(0, Math.Min(Left, width - Width)), Math.Max(0, Math.Min(Top, height - Height)));
        return new PixelRectangle(left, top, left + Width, top + Height);
    }
}

/// <summary>Finds places for plates beside boxes: inside the image, apart from each other and off small objects where there
/// is room.</summary>
/// <remarks>
/// Every plate has many places at its box, the usual ones first, and some further away. It takes the one that hides least: a
/// share of a plate placed before weighs more than the same share of an object. Of a large object a plate hides a small
/// share, so only small ones push plates away.
/// </remarks>
/// <param name="height">Rows of the image.</param>
/// <param name="width">Columns of the image.</param>
/// <param name="boxes">All objects.</param>
sealed class LabelLayout(int height, int width, PixelRectangle[] boxes)
{
    /// <summary>A plate that is hidden cannot be read; an object has its frame still.</summary>
    const double CostOfPlate = 10;

    /// <summary>Two plates that overlap at all look untidy.</summary>
    const double CostOfOverlap = 0.5;

    /// <summary>What a place one further down the list must save.</summary>
    const double CostOfOrder = 0.01;

    /// <summary>Away from its box, joined by a line, a name is harder to assign.</summary>
    const double CostOfDistance = 0.3;

    /// <summary>The same for each further height of a plate.</summary>
    const double CostOfStep = 0.03;

    const int MaxSteps = 12;

    readonly List<PixelRectangle> _placed = [];

    /// <summary>Takes the best place that is left.</summary>
    /// <param name="box">The object. May lie outside the image.</param>
    /// <param name="plateHeight">Rows, at least 1.</param>
    /// <param name="plateWidth">Columns, at least 1.</param>
    /// <returns>Inside the image, unless it is smaller than the plate.</returns>
    public PixelRectangle Place(PixelRectangle box, int plateHeight, int plateWidth)
    {
        var (best, lowest) = (default(PixelRectangle), double.PositiveInfinity);
        foreach (var (left, top, penalty) in Places(Visible(box), plateHeight, plateWidth))
        {
            var plate = new PixelRectangle(left, top, left + plateWidth, top + plateHeight).MovedInto(height, width);
            if (penalty >= lowest) break;                                // further places cost more still
            var cost = penalty + CostOf(plate);
            if (cost < lowest) (best, lowest) = (plate, cost);
        }
        _placed.Add(best);
        return best;
    }

    /// <summary>What a plate hides.</summary>
    double CostOf(PixelRectangle plate)
    {
        var cost = 0.0;
        foreach (var box in boxes) cost += box.HiddenBy(plate);
        foreach (var other in _placed)
            if (other.HiddenBy(plate) is > 0 and var hidden) cost += CostOfOverlap + CostOfPlate * hidden;
        return cost;
    }

    static IEnumerable<(int Left, int Top, double Penalty)> Places(PixelRectangle box, int height, int width)
    {
        var (flushRight, centre) = (box.Right - width, (box.Left + box.Right - width) / 2);
        var (above, below, flushBottom) = (box.Top - height, box.Bottom, box.Bottom - height);
        (int Left, int Top)[] touching =
        [
            (box.Left, above), (flushRight, above), (box.Left, below), (flushRight, below), (box.Left, box.Top),
            (box.Right, box.Top), (box.Left - width, box.Top), (flushRight, box.Top),
            (box.Left, flushBottom), (flushRight, flushBottom), (box.Right, flushBottom), (box.Left - width, flushBottom),
            (centre, above), (centre, below),
            (box.Right, above), (box.Left - width, above), (box.Right, below), (box.Left - width, below),
        ];
        for (var i = 0; i < touching.Length; i++) yield return (touching[i].Left, touching[i].Top, i * CostOfOrder);
        for (var step = 1; step <= MaxSteps; step++)                     // ever further away, above and below
        {
            int[] tops = [above - step * height, below + step * height];
            int[] lefts = [box.Left, flushRight, box.Left - width, box.Right];
            foreach (var top in tops)
                foreach (var left in lefts) yield return (left, top, CostOfDistance + step * CostOfStep);
        }
    }

    /// <summary>The part of a box inside the image; its nearest border where there is none.</summary>
    PixelRectangle Visible(PixelRectangle box) => new(
        Math.Clamp(box.Left, 0, width), Math.Clamp(box.Top, 0, height),
        Math.Clamp(box.Right, 0, width), Math.Clamp(box.Bottom, 0, height));
}
