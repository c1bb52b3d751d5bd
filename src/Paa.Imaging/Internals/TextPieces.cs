using System.Globalization;
using System.Text;
using SkiaSharp;

namespace Paa.Imaging.Internals;

/// <summary>A piece of a line that can be shaped at once.</summary>
/// <param name="Text">In reading order.</param>
/// <param name="Typeface">The font that has its letters.</param>
/// <param name="RightToLeft">The direction it is read in.</param>
readonly record struct TextPiece(string Text, SKTypeface Typeface, bool RightToLeft);

/// <summary>Splits a line by font and direction.</summary>
static class TextPieces
{
    enum Direction { LeftToRight, RightToLeft, Digit, Neutral }

    /// <summary>The pieces from left to right.</summary>
    public static List<TextPiece> Of(string text)
    {
        var letters = text.EnumerateRunes().ToArray();
        var directions = Array.ConvertAll(letters, DirectionOf);
        var pieces = new List<TextPiece>();
        for (int start = 0, end; start < letters.Length; start = end)
        {
            var rightToLeft = directions[start] == Direction.RightToLeft;
            end = rightToLeft ? EndOfWords(letters, directions, start) : Array.IndexOf(directions, Direction.RightToLeft, start);
            if (end < 0) end = letters.Length;
            if (rightToLeft) AddRightToLeft(pieces, letters, directions, start, end);
            else AddByFont(pieces, letters[start..end], rightToLeft: false);
        }
        return pieces;
    }

    /// <summary>Joins letters, or keeps them apart, within a word or an emoji.</summary>
    public static bool IsJoiner(Rune letter) => letter.Value is 0x200C or 0x200D;

    /// <summary>Words from right to left, with the spaces and numbers between them: ends behind the last letter and the
    /// brackets that close behind it.</summary>
    static int EndOfWords(Rune[] letters, Direction[] directions, int start)
    {
        var (end, open) = (start + 1, 0);
        for (var i = end; i < directions.Length && directions[i] != Direction.LeftToRight; i++)
        {
            var category = Rune.GetUnicodeCategory(letters[i]);
            if (category == UnicodeCategory.OpenPunctuation) open++;
            var closes = category == UnicodeCategory.ClosePunctuation && open-- > 0;
            if (closes || directions[i] == Direction.RightToLeft) end = i + 1;
        }
        return end;
    }

    /// <summary>The last word stands leftmost; the digits of a number keep their order.</summary>
    static void AddRightToLeft(List<TextPiece> pieces, Rune[] letters, Direction[] directions, int start, int end)
    {
        for (int last = end, first; last > start; last = first)
        {
            var digits = directions[last - 1] == Direction.Digit;
            first = last - 1;
            while (first > start && directions[first - 1] == Direction.Digit == digits) first--;
            var part = new List<TextPiece>();
            AddByFont(part, letters[first..last], rightToLeft: !digits);
            if (!digits) part.Reverse();
            pieces.AddRange(part);
        }
    }

    static void AddByFont(List<TextPiece> pieces, ReadOnlySpan<Rune> letters, bool rightToLeft)
    {
        var piece = new StringBuilder();
        SKTypeface? typeface = null;
        foreach (var letter in letters)
        {
            var wanted = typeface is not null && BelongsToItsNeighbour(letter) ? typeface : Fonts.For(letter);
            if (typeface is not null && wanted != typeface)
            {
                pieces.Add(new TextPiece(piece.ToString(), typeface, rightToLeft));
                piece.Clear();
            }
            typeface = wanted;
            piece.Append(letter);
        }
        if (typeface is not null) pieces.Add(new TextPiece(piece.ToString(), typeface, rightToLeft));
    }

    /// <summary>Marks and joiners are drawn with the letter before them, hence in its font.</summary>
    static bool BelongsToItsNeighbour(Rune letter) => IsJoiner(letter) || Rune.GetUnicodeCategory(letter)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    /// <summary>By the blocks that Unicode keeps for scripts from right to left (UAX 9, table 4).</summary>
    static Direction DirectionOf(Rune letter)
    {
        var category = Rune.GetUnicodeCategory(letter);
        if (category == UnicodeCategory.DecimalDigitNumber) return Direction.Digit;
        if (letter.Value is (>= 0x590 and < 0x900) or (>= 0xFB1D and < 0xFE00) or (>= 0xFE70 and < 0xFF00)
            or (>= 0x10800 and < 0x11000) or (>= 0x1E800 and < 0x1F000))
            return Direction.RightToLeft;
        return Rune.IsLetter(letter) || category is UnicodeCategory.LetterNumber or UnicodeCategory.OtherSymbol
            ? Direction.LeftToRight : Direction.Neutral;
    }
}
