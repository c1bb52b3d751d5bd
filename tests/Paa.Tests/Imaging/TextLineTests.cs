using System.Text;
using Paa.Imaging;
using Paa.Imaging.Internals;

namespace Paa.Tests.Imaging;

public class TextLineTests
{
    const string NoSuchLetter = "\u0378";

    [Theory]
    [InlineData("Größe"), InlineData("γάτα"), InlineData("кошка"), InlineData("قطة"), InlineData("חתול"), InlineData("mèo ộ")]
    [InlineData("կատու"), InlineData("კატა")]
    public void Scripts_OfTheFontInside_NeedNoSystem(string text)
    {
        Assert.DoesNotContain((ushort)0, Glyphs(text));
        Assert.All(new TextLine(text, 20).Runs, run => Assert.Same(Fonts.Default, run.Typeface));
    }

    [Fact]
    public void LetterThatNoFontHas_IsAnEmptyFrame()
    {
        Assert.Equal([(ushort)0], Glyphs(NoSuchLetter));
        Assert.NotEmpty(Drawn(NoSuchLetter));
        Assert.NotEqual(Drawn(NoSuchLetter), Drawn("Ö"));
        Assert.NotEqual(Drawn("O"), Drawn("Ö"));
    }

    [Fact]
    public void ArabicLetters_AreJoined()
    {
        var word = Glyphs("قطة");
        Assert.Equal(3, word.Length);
        Assert.Empty(word.Intersect(Glyphs("ق ط ة")));
    }

    [Fact]
    public void HebrewWords_RunFromRightToLeft_AndNumbersInThemFromLeftToRight()
    {
        Assert.Equal(Glyphs("a ").Concat(OneByOne("גבא")).Concat(Glyphs(" b")), Glyphs("a אבג b"));
        Assert.Equal(OneByOne("ב 12 א"), Glyphs("א 12 ב"));
        Assert.Equal(OneByOne("א 0.92"), Glyphs("א 0.92"));                       // a number behind the words stays there
        Assert.Equal(OneByOne("(ב) א"), Glyphs("א (ב)"));
    }

    [Fact]
    public void Marks_AreDrawnOverTheirLetter() =>
        Assert.Equal(new TextLine("e", 40).Width, new TextLine("e\u0323\u0301", 40).Width);

    [Theory]
    [InlineData("a\tb", "a b"), InlineData("a\nb", "a b"), InlineData("a\u202Eb", "ab")]
    [InlineData("a\0b\u001b", "ab"), InlineData("\uFEFFab", "ab")]
    public void ControlCharacters_ControlNothing(string text, string same) => Assert.Equal(Glyphs(same), Glyphs(text));

    [Fact]
    public void HalfALetter_IsReplaced() => Assert.Equal(Glyphs("a\uFFFD"), Glyphs("a" + '\ud800'));

    [Fact]
    public void LongLine_EndsInDots()
    {
        var whole = new TextLine("a caption that is long", 20);
        Assert.Equal(whole.Width, new TextLine("a caption that is long", 20, whole.Width).Width);
        var cut = new TextLine("a caption that is long", 20, 100);
        Assert.InRange(cut.Width, 80, 100);
        Assert.Equal(Glyphs("…"), cut.Runs.SelectMany(run => run.Glyphs).TakeLast(1));
        Assert.Equal(0, new TextLine("a caption", 20, 3).Width);                 // not even the dots have room
        Assert.Equal(0, new TextLine("a caption", 20, -3).Width);
    }

    [Fact]
    public void CutLine_KeepsAccentsWithTheirLetters()
    {
        var full = new TextLine("xe\u0301e\u0301e\u0301e\u0301e\u0301", 20);
        for (var width = 15; width < full.Width; width++)
        {
            var cut = new TextLine("xe\u0301e\u0301e\u0301e\u0301e\u0301", 20, width);
            Assert.Empty(cut.Runs.SelectMany(run => run.Glyphs).Intersect(Glyphs("e")));
        }
    }

    [Fact]
    public void HugeNames_CostNoTime()
    {
        var line = new TextLine(new string('x', 50_000_000), 20, 300);
        Assert.InRange(line.Width, 280, 300);
    }

    [Theory]
    [InlineData(0), InlineData(-1), InlineData(double.NaN), InlineData(double.PositiveInfinity), InlineData(3000)]
    public void Size_IsPositiveAndBounded(double size) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TextLine("x", size));

    [Fact]
    public void Sizes_GrowWithTheFont()
    {
        var (small, large) = (new TextLine("Text", 10), new TextLine("Text", 40));
        Assert.InRange(large.Width, 4 * small.Width - 4, 4 * small.Width);
        Assert.InRange(large.Height, 4 * small.Height - 8, 4 * small.Height);
        Assert.Equal(small.Height, new TextLine("", 10).Height);
    }

    [Fact]
    public void SameLine_IsLaidOutTheSameByEightThreads() =>
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            Assert.Equal(Glyphs("Größe قطة 12 γάτα"), Glyphs("Größe قطة 12 γάτα")));

    [Fact]
    public void FontFolders_FindTheLetterInAnyFile_AndPassOverBrokenOnes()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["deep/er"]);
        File.WriteAllText(folder["a.ttf"], "not a font");
        File.WriteAllText(folder["b.txt"], "not a font either");
        using (var font = typeof(Canvas).Assembly.GetManifestResourceStream("DejaVuSansCondensed.ttf")!)
        using (var copy = File.Create(folder["deep/er/c.TTF"])) font.CopyTo(copy);
        var folders = new FontFolders([folder.Path, folder["missing"]]);
        Assert.Equal("DejaVu Sans", folders.Find(new Rune('Ж'))?.FamilyName.Replace(" Condensed", "", StringComparison.Ordinal));
        Assert.Null(folders.Find(Rune.GetRuneAt(NoSuchLetter, 0)));
        Assert.Null(new FontFolders([folder["missing"]]).Find(new Rune('a')));
    }

    static ushort[] Glyphs(string text) => [.. new TextLine(text, 20).Runs.SelectMany(run => run.Glyphs)];

    /// <summary>Glyphs of the letters, each for itself, in the order of the string.</summary>
    static IEnumerable<ushort> OneByOne(string text) => text.EnumerateRunes().SelectMany(letter => Glyphs(letter.ToString()));

    static string Drawn(string text)
    {
        using var image = new Image(40, 40);
        using (var canvas = new Canvas(image)) canvas.DrawText(new TextLine(text, 24), 5, 5, Color.White);
        return image.Pixels.IndexOfAnyExcept((byte)0) < 0 ? "" : Convert.ToHexString(image.Pixels);
    }
}
