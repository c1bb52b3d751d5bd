using System.Globalization;
using System.Text;
using Paa.Imaging.Internals;
using SkiaSharp;

namespace Paa.Imaging;

/// <summary>A line of text laid out for drawing, in DejaVu Sans Condensed; see <see cref="Canvas.DrawText"/>.</summary>
/// <remarks>
/// <para>Letters that the font lacks, such as Chinese ones, come from the fonts of the system; on Linux these are looked for
/// in the usual folders (<c>/usr/share/fonts</c>, <c>~/.local/share/fonts</c>, ...). A letter that no font has appears as an
/// empty frame.</para>
/// <para>Letters are joined and placed as their script wants it (HarfBuzz). Words in Arabic or Hebrew run from right to left
/// within a line that runs from left to right, as if each stood alone; numbers keep their order. The full rules of Unicode
/// for mixed directions (UAX 9) are not followed: characters that change the direction, like all others that control
/// something, are left out.</para>
/// <para>Immutable: safe for any thread.</para>
/// </remarks>
public sealed class TextLine
{
    const double MaxSize = 2000;

    /// <summary>Longer lines than any image shows are cut before they cost time.</summary>
    const int MaxCharacters = 1000;

    const string Ellipsis = "…";

    /// <summary>Lays a line out.</summary>
    /// <param name="text">One line; line breaks and tabs become spaces.</param>
    /// <param name="size">Of the font, in pixels: capital letters are about 0.73 of it high. In (0, 2000].</param>
    /// <param name="maxWidth">A longer line ends in "…" where this many pixels end.</param>
    public TextLine(string text, double size, double maxWidth = double.PositiveInfinity)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!(size is > 0 and <= MaxSize))
            throw new ArgumentOutOfRangeException(nameof(size), size, $"TextLine: a font size is in (0, {MaxSize}].");
        Size = size;
        var all = Printable(text);
        Runs = Lay(all, size);
        if (all.Length > 0 && Runs.Sum(run => run.Width) > maxWidth) Runs = Shorten(all, size, maxWidth);
        Width = (int)Math.Ceiling(Runs.Sum(run => run.Width));
        foreach (var typeface in Runs.Select(run => run.Typeface).Append(Fonts.Default).Distinct())
        {
            using var font = Fonts.At(typeface, size);
            font.GetFontMetrics(out var metrics);
            Ascent = Math.Max(Ascent, (int)Math.Ceiling(-metrics.Ascent));
            Descent = Math.Max(Descent, (int)Math.Ceiling(metrics.Descent));
        }
    }

    /// <summary>Size of the font, in pixels.</summary>
    public double Size { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows above the base line.</summary>
    public int Ascent { get; }

    /// <summary>Rows below the base line.</summary>
    public int Descent { get; }

    /// <summary>Rows in all.</summary>
    public int Height => Ascent + Descent;

    /// <summary>Glyphs from left to right; positions count from the start of the base line.</summary>
    internal IReadOnlyList<GlyphRun> Runs { get; }

    /// <summary>Cuts whole characters, accents included, off the end.</summary>
    static List<GlyphRun> Shorten(string text, double size, double maxWidth)
    {
        var starts = StringInfo.ParseCombiningCharacters(text);
        var (fits, tooLong) = (0, starts.Length);                        // characters kept before the dots
        while (tooLong - fits > 1)
        {
            var middle = (fits + tooLong) / 2;
            if (Lay(Cut(middle), size).Sum(run => run.Width) <= maxWidth) fits = middle;
            else tooLong = middle;
        }
        var shortest = Lay(Cut(fits), size);
        return shortest.Sum(run => run.Width) <= maxWidth ? shortest : [];

        string Cut(int count) => text[..starts[count]].TrimEnd() + Ellipsis;
    }

    static List<GlyphRun> Lay(string text, double size)
    {
        var runs = new List<GlyphRun>();
        var left = 0f;
        foreach (var piece in TextPieces.Of(text))
        {
            var shaped = Fonts.Shape(piece.Typeface, piece.Text, piece.RightToLeft, size);
            var offset = left;
            runs.Add(new GlyphRun(
                piece.Typeface,
                [.. shaped.Codepoints.Select(glyph => (ushort)glyph)],
                [.. shaped.Points.Select(point => new SKPoint(point.X + offset, point.Y))],
                shaped.Width));
            left += shaped.Width;
        }
        return runs;
    }

    /// <summary>Spaces for white space, nothing for characters without a glyph of their own.</summary>
    static string Printable(string text)
    {
        var printable = new StringBuilder();
        foreach (var letter in text.EnumerateRunes())
        {
            if (printable.Length >= MaxCharacters) break;
            var category = Rune.GetUnicodeCategory(letter);
            if (Rune.IsWhiteSpace(letter)) printable.Append(' ');
            else if (category is not (UnicodeCategory.Control or UnicodeCategory.Format) || TextPieces.IsJoiner(letter))
                printable.Append(letter);
        }
        return printable.ToString();
    }
}

/// <summary>Glyphs of one font.</summary>
/// <param name="Typeface">The font.</param>
/// <param name="Glyphs">Their numbers in the font.</param>
/// <param name="Positions">One for each, in pixels from the start of the line.</param>
/// <param name="Width">By which the next run starts further right.</param>
sealed record GlyphRun(SKTypeface Typeface, ushort[] Glyphs, SKPoint[] Positions, float Width);
