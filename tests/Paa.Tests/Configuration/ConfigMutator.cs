namespace Paa.Tests.Configuration;

/// <summary>Damages the text of a configuration in ways that a typing error, a broken copy or malice would.</summary>
sealed class ConfigMutator
{
    static readonly string[] Signs =
    [
        "{", "}", "[", "]", "(", ")", "'", "\"", ":", ",", "*", "&", "|", ">", "%", "@", "`", "#", "\0", "\t", "\n", "\\",
        "\uFFFD", "\uFEFF", "\e[2J", "=", "- ", "!!", "---\n", "...", "<<: *a\n", "{{", "**",
    ];

    static readonly string[] Values =
    [
        "99999999999999999999", "-1", "1e999", "NaN", ".inf", "null", "None", "[]", "{}", "''", "0x", "1__0", "[[[]]]", "*a",
        "&a", "!!python/object:os.system", "__import__('os')", "dict(", "True", "2 ** 63", "[1, 2", "'\\", "|",
        "open('/dev/zero').read()",
    ];

    readonly string _text;
    readonly Random _random;

    ConfigMutator(string text, int seed) => (_text, _random) = (text, new Random(seed));

    /// <summary>The text with one damage; equal seeds give equal texts.</summary>
    public static string Mutate(string text, int seed)
    {
        var mutator = new ConfigMutator(text, seed);
        return (seed % 8) switch
        {
            0 => text[..mutator.Position()],
            1 => mutator.Insert(Signs[mutator._random.Next(Signs.Length)]),
            2 => mutator.ReplaceValue(Values[mutator._random.Next(Values.Length)]),
            3 => mutator.ReplaceKey(),
            4 => mutator.SwapLines(),
            5 => mutator.Insert(new string("[{("[mutator._random.Next(3)], mutator._random.Next(1, 50_000))),
            6 => mutator.DropCharacters(),
            _ => mutator.Insert(new string("a9 -\n\\"[mutator._random.Next(6)], mutator._random.Next(1, 200_000))),
        };
    }

    int Position() => _random.Next(1, _text.Length);

    string Insert(string part) => _text.Insert(Position(), part);

    string DropCharacters()
    {
        var start = Position();
        return _text.Remove(start, Math.Min(_random.Next(1, 20), _text.Length - start));
    }

    /// <summary>What stands after a colon or equals sign up to the next comma or line.</summary>
    string ReplaceValue(string value)
    {
        var start = _text.IndexOfAny([':', '='], Position());
        if (start < 0) return Insert(value);
        var end = _text.IndexOfAny([',', '\n', ')'], start + 1);
        return end < 0 ? _text[..(start + 1)] + " " + value : $"{_text[..(start + 1)]} {value}{_text[end..]}";
    }

    string ReplaceKey()
    {
        var end = _text.IndexOfAny([':', '='], Position());
        if (end < 0) return Insert("x");
        var start = end;
        while (start > 0 && (char.IsLetterOrDigit(_text[start - 1]) || _text[start - 1] == '_')) start--;
        return $"{_text[..start]}{_text[start..end]}{(char)('a' + _random.Next(26))}{_text[end..]}";
    }

    string SwapLines()
    {
        var lines = _text.Split('\n');
        var (a, b) = (_random.Next(lines.Length), _random.Next(lines.Length));
        (lines[a], lines[b]) = (lines[b], lines[a]);
        return string.Join('\n', lines);
    }
}
