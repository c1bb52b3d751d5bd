using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Walks through the words of a file.</summary>
/// <param name="tokens">Ends with <see cref="PythonTokenKind.End"/>.</param>
/// <param name="file">Its name in error messages.</param>
sealed class PythonCursor(IReadOnlyList<PythonToken> tokens, string file)
{
    int _next;

    /// <summary>The word that comes next.</summary>
    public PythonToken Current => tokens[_next];

    /// <summary>The word after it.</summary>
    public PythonToken Following => tokens[Math.Min(_next + 1, tokens.Count - 1)];

    /// <summary>Where the next word stands.</summary>
    public ConfigLocation Here => new(file, Current.Line);

    /// <summary>Whether the next word is one of these symbols.</summary>
    public bool IsAt(params ReadOnlySpan<string> symbols) =>
        Current.Kind == PythonTokenKind.Symbol && symbols.Contains(Current.Text);

    /// <summary>Goes past the next word, whatever it is.</summary>
    public string Take() => tokens[_next < tokens.Count - 1 ? _next++ : _next].Text;

    /// <summary>Goes past a symbol, if it is there.</summary>
    public bool TryTake(string symbol)
    {
        if (!IsAt(symbol)) return false;
        _next++;
        return true;
    }

    /// <summary>Goes past a symbol.</summary>
    /// <exception cref="ConfigException">It is not there.</exception>
    public void Expect(string symbol)
    {
        if (!TryTake(symbol)) throw new ConfigException(Here, $"expected '{symbol}', got {Current.Description}");
    }

    /// <summary>Goes past a word of a kind.</summary>
    /// <exception cref="ConfigException">It is of another kind.</exception>
    public string Expect(PythonTokenKind kind) => Current.Kind == kind ? Take() : throw NotRead();

    /// <summary>Goes past the comma after an item; after the last one it may be missing.</summary>
    public void ExpectCommaOr(string end)
    {
        if (!TryTake(",") && !IsAt(end)) throw NotRead();
    }

    /// <summary>Index of the next word.</summary>
    public int Position => _next;

    /// <summary>Goes to a word that was passed before, or will be.</summary>
    public void Seek(int position) => _next = position;

    /// <summary>Whether the next word is this keyword.</summary>
    public bool IsAtWord(string word) => Current.Kind == PythonTokenKind.Name && Current.Text == word;

    /// <summary>Goes past a keyword, if it is there.</summary>
    public bool TryTakeWord(string word)
    {
        if (!IsAtWord(word)) return false;
        _next++;
        return true;
    }

    /// <summary>The nearest word outside of all brackets that begin after the next word, for which a condition holds.</summary>
    /// <returns>Its index; -1 if the brackets, the statement or the file end before.</returns>
    public int Find(Func<PythonToken, bool> condition)
    {
        var depth = 0;
        for (var i = _next; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (depth == 0 && condition(token)) return i;
            if (token.Kind is PythonTokenKind.NewLine or PythonTokenKind.End) return -1;
            if (token.Kind != PythonTokenKind.Symbol) continue;
            if (token.Text is "(" or "[" or "{") depth++;
            if (token.Text is ")" or "]" or "}" && --depth < 0) return -1;
        }
        return -1;
    }

    /// <summary>The words from the next one up to an index, which is left out.</summary>
    public IEnumerable<PythonToken> Until(int end)
    {
        for (var i = _next; i < end; i++) yield return tokens[i];
    }

    /// <summary>Goes to the end of a statement with the block that belongs to it, which is indented deeper.</summary>
    /// <param name="indent">Indentation of the statement.</param>
    public void SkipBlock(int indent)
    {
        while (Current.Kind != PythonTokenKind.End)
        {
            while (Current.Kind is not (PythonTokenKind.NewLine or PythonTokenKind.End)) _next++;
            if (Current.Kind == PythonTokenKind.NewLine) _next++;
            if (Current.Indent != PythonToken.WithinLine && Current.Indent <= indent) return;
        }
    }

    /// <summary>The error that the next word cannot stand here.</summary>
    public ConfigException NotRead() => new(Here, $"{Current.Description} is not expected here");
}

/// <summary>Words that cannot be names.</summary>
static class PythonKeywords
{
    static readonly HashSet<string> All =
    [
        "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally",
        "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try",
        "while", "with", "yield",
    ];

    /// <summary>Whether a word is one of them.</summary>
    public static bool Contains(string word) => All.Contains(word);

    /// <summary>Whether a word begins a statement with a block.</summary>
    public static bool BeginBlock(string word) => word is "if" or "elif" or "else" or "for" or "while" or "try" or "except"
        or "finally" or "with" or "def" or "class" or "async";
}
