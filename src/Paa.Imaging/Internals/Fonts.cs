using System.Text;
using SkiaSharp;
using SkiaSharp.HarfBuzz;

namespace Paa.Imaging.Internals;

/// <summary>The font of all drawing, and others for the letters that it lacks.</summary>
static class Fonts
{
    /// <summary>Letters looked up are remembered up to this many: names come from files of others.</summary>
    const int MaxRemembered = 10_000;

    static readonly Lock Guard = new();
    static readonly Dictionary<Rune, SKTypeface> ByLetter = [];
    static readonly Dictionary<(string Family, int Weight, int Width, SKFontStyleSlant Slant), SKTypeface> Known = [];
    static readonly Dictionary<SKTypeface, SKShaper> Shapers = [];
    static readonly Lazy<FontFolders> Installed = new(() => new FontFolders(FontFolders.Usual));

    /// <summary>DejaVu Sans Condensed: Latin, Greek, Cyrillic, Arabic, Hebrew and more; lies in this assembly.</summary>
    public static SKTypeface Default { get; } = Embedded();

    /// <summary>The font that draws a letter: the default one, else one of the system. Where no font has the letter, the default
    /// one, which draws its replacement glyph.</summary>
    public static SKTypeface For(Rune letter)
    {
        if (letter.IsAscii) return Default;
        lock (Guard)
        {
            if (ByLetter.TryGetValue(letter, out var known)) return known;
            if (ByLetter.Count == MaxRemembered) ByLetter.Clear();
            if (Has(Default, letter)) return ByLetter[letter] = Default;
            var found = SKFontManager.Default.MatchCharacter(letter.Value);        // nothing in Skia's builds without fontconfig
            if (found is null || !Has(found, letter)) found = Installed.Value.Find(letter);
            return ByLetter[letter] = found is null ? Default : One(found, letter);
        }
    }

    /// <summary>Puts the glyphs of a piece of text side by side: joins, marks and ligatures as its script wants them.</summary>
    /// <param name="typeface">Has the letters.</param>
    /// <param name="text">In reading order, of one direction.</param>
    /// <param name="rightToLeft">Its direction.</param>
    /// <param name="size">In pixels.</param>
    public static SKShaper.Result Shape(SKTypeface typeface, string text, bool rightToLeft, double size)
    {
        using var buffer = new HarfBuzzSharp.Buffer();
        buffer.AddUtf16(text);
        buffer.Direction = rightToLeft ? HarfBuzzSharp.Direction.RightToLeft : HarfBuzzSharp.Direction.LeftToRight;
        buffer.GuessSegmentProperties();                                             // the script
        using var font = At(typeface, size);
        lock (Guard)
        {
            if (!Shapers.TryGetValue(typeface, out var shaper)) Shapers[typeface] = shaper = new SKShaper(typeface);
            return shaper.Shape(buffer, font);
        }
    }

    /// <summary>A typeface at a size. The caller disposes it.</summary>
    public static SKFont At(SKTypeface typeface, double size) => new(typeface, (float)size)
    {
        Edging = SKFontEdging.Antialias,
        Hinting = SKFontHinting.None,                    // the same shapes and widths on every system
        Subpixel = true,
    };

    /// <summary>Whether a font has a letter.</summary>
    public static bool Has(SKTypeface typeface, Rune letter)
    {
        using var font = new SKFont(typeface);
        return font.ContainsGlyph(letter.Value);
    }

    /// <summary>One object for a typeface, however often the system hands it out: letters of one font are shaped
    /// together.</summary>
    static SKTypeface One(SKTypeface typeface, Rune letter)
    {
        var face = (typeface.FamilyName, typeface.FontWeight, typeface.FontWidth, typeface.FontSlant);
        return Known.TryGetValue(face, out var known) && Has(known, letter) ? known : Known[face] = typeface;
    }

    static SKTypeface Embedded()
    {
        const string file = "DejaVuSansCondensed.ttf";
        using var stream = typeof(Fonts).Assembly.GetManifestResourceStream(file)!;
        using var data = SKData.Create(stream);
        return SKTypeface.FromData(data) ?? throw new ImageException(file, "Skia cannot read the font");
    }
}

/// <summary>Looks for letters in font files, for systems on which Skia knows no fonts.</summary>
/// <param name="folders">Searched with the folders in them; missing ones are passed over.</param>
sealed class FontFolders(IEnumerable<string> folders)
{
    /// <summary>Files looked at; a desktop has some hundreds.</summary>
    const int MaxFiles = 4000;

    const int MaxDepth = 8;

    static readonly string[] Extensions = [".ttf", ".otf", ".ttc", ".otc"];

    /// <summary>Words of a file name that say that its letters are not upright or not of ordinary weight.</summary>
    static readonly string[] Unusual =
        ["Bold", "Italic", "Oblique", "Light", "Thin", "Black", "Heavy", "Medium", "Mono", "Serif", "Condensed", "Fallback"];

    readonly Lazy<string[]> _files = new(() => [.. Files(folders)]);
    readonly List<SKTypeface> _opened = [];

    /// <summary>Where Linux systems keep their fonts (XDG base directories, and the older ~/.fonts); none elsewhere.</summary>
    public static IEnumerable<string> Usual
    {
        get
        {
            if (!OperatingSystem.IsLinux()) return [];
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            var own = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);       // XDG_DATA_HOME
            var shared = Environment.GetEnvironmentVariable("XDG_DATA_DIRS") is { Length: > 0 } set
                ? set : "/usr/local/share:/usr/share";
            string[] data = [own, .. shared.Split(':')];
            return data.Where(Path.IsPathRooted)
                .Select(folder => Path.Combine(folder, "fonts")).Append(Path.Combine(home, ".fonts"));
        }
    }

    /// <summary>A font with the letter, the plainest first; null if there is none. Not for several threads at once.</summary>
    public SKTypeface? Find(Rune letter)
    {
        if (_opened.Find(typeface => Fonts.Has(typeface, letter)) is { } known) return known;
        foreach (var file in _files.Value)
        {
            var typeface = SKTypeface.FromFile(file);
            if (typeface is not null && Fonts.Has(typeface, letter))
            {
                _opened.Add(typeface);
                return typeface;
            }
            typeface?.Dispose();
        }
        return null;
    }

    /// <summary>The font files in an order that does not depend on the file system.</summary>
    static IEnumerable<string> Files(IEnumerable<string> folders)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = MaxDepth,
            IgnoreInaccessible = true,
        };
        return folders.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", options))
            .Where(file => Extensions.Contains(Path.GetExtension(file).ToLowerInvariant()))
            .Take(MaxFiles)
            .OrderBy(file => Unusual.Count(word => Path.GetFileName(file).Contains(word, StringComparison.OrdinalIgnoreCase)))
            .ThenBy(file => file, StringComparer.Ordinal);
    }
}
