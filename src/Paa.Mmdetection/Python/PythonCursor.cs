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
    public string Take() => tokens[_next++].Text;

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

    /// <summary>The error that the next word cannot stand here.</summary>
    public ConfigException NotRead() =>
        new(Here, Current.Kind == PythonTokenKind.Name && PythonKeywords.Reason(Current.Text) is { } reason
            ? $"'{Current.Text}': {reason}"
            : $"{Current.Description} is not expected here; assignments of dict(...), lists, texts and numbers are read");
}

/// <summary>Words with which Python begins something that would have to be run.</summary>
static class PythonKeywords
{
    /// <summary>Why a word is not read; null if it may be a name.</summary>
    public static string? Reason(string word) => word switch
    {
        "import" or "from" => "imports are not read; write the values themselves, or use _base_",
        "with" => "blocks are not read; in place of 'with read_base()' name the files in _base_",
        "if" or "else" or "elif" or "for" or "while" or "try" or "def" or "class" or "lambda" or "async" or "await" =>
            "nothing is run: conditions, loops, comprehensions and functions are not read",
        "del" or "assert" or "return" or "raise" or "pass" or "global" or "nonlocal" or "yield" or "break" or "continue" =>
            "only assignments are read",
        "and" or "or" or "not" or "in" or "is" => "conditions are not read",
        "True" or "False" or "None" => "a constant cannot be assigned",
        _ => null,
    };
}
