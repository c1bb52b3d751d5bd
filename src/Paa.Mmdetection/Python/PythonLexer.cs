using System.Globalization;
using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Cuts Python source into words. Lines inside brackets are one statement, as in Python.</summary>
/// <param name="source">The whole text.</param>
/// <param name="file">Its name in error messages.</param>
sealed class PythonLexer(string source, string file)
{
    const int ShownLength = 40;
    const int TabWidth = 8;

    /// <summary>Longest first, so that <c>**</c> is not read as two.</summary>
    static readonly string[] Symbols =
    [
        "**=", "//=", ">>=", "<<=", "...", ":=", "**", "//", ">>", "<<", "->", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=",
        "%=", "&=", "|=", "^=", "@=", "(", ")", "[", "]", "{", "}", ",", ":", ".", "=", "+", "-", "*", "/", "%", ";", "@", "<",
        ">", "&", "|", "^", "~",
    ];

    static readonly ILookup<char, string> SymbolsByStart = Symbols.ToLookup(symbol => symbol[0]);

    readonly List<PythonToken> _tokens = [];
    int _position;
    int _line = 1;
    int _openBrackets;
    int _indent;                // columns before the next word, if it begins its line; otherwise PythonToken.WithinLine

    /// <summary>The words, with <see cref="PythonTokenKind.End"/> as the last one.</summary>
    /// <exception cref="ConfigException">Something is no word of Python.</exception>
    public IReadOnlyList<PythonToken> Read()
    {
        if (source.StartsWith('\uFEFF')) _position++;
        MeasureIndentation();
        while (_position < source.Length) ReadOne(source[_position]);
        EndStatement();
        Add(PythonTokenKind.End, "");
        return _tokens;
    }

    /// <summary>A text for a message: one line, not long, nothing that a terminal obeys.</summary>
    public static string Shorten(string text) => string.Concat(
        (text.Length <= ShownLength ? text : text[..ShownLength] + "...").Select(c => char.IsControl(c) ? '?' : c));

    void ReadOne(char letter)
    {
        if (letter == '\n') ReadNewLine();
        else if (letter is ' ' or '\t' or '\r' or '\f') _position++;
        else if (letter == '#') SkipComment();
        else if (letter == '\\') JoinLines();
        else if (char.IsAsciiDigit(letter) || (letter == '.' && char.IsAsciiDigit(Peek(1)))) ReadNumber();
        else if (char.IsLetter(letter) || letter == '_') ReadNameOrString();
        else if (letter is '"' or '\'') ReadString(_position);
        else ReadSymbol();
    }

    void ReadNewLine()
    {
        _position++;
        if (_openBrackets == 0) EndStatement();
        _line++;
        if (_openBrackets == 0) MeasureIndentation();
    }

    void EndStatement()
    {
        if (_tokens.Count > 0 && _tokens[^1].Kind != PythonTokenKind.NewLine) Add(PythonTokenKind.NewLine, "");
    }

    void MeasureIndentation()
    {
        _indent = 0;
        for (; Peek(0) is ' ' or '\t'; _position++) _indent = Peek(0) == ' ' ? _indent + 1 : (_indent / TabWidth + 1) * TabWidth;
    }

    void SkipComment()
    {
        while (_position < source.Length && source[_position] != '\n') _position++;
    }

    void JoinLines()
    {
        _position++;
        if (Peek(0) == '\r') _position++;
        if (Peek(0) != '\n') throw Error("a backslash that does not end its line");
        _position++;
        _line++;
    }

    void ReadNumber()
    {
        var start = _position;
        while (char.IsAsciiLetterOrDigit(Peek(0)) || Peek(0) is '.' or '_' || IsExponentSign(start)) _position++;
        Add(PythonTokenKind.Number, source[start.._position]);
    }

    /// <summary>The minus in <c>1e-4</c>; in <c>0xE-4</c> it is another word.</summary>
    bool IsExponentSign(int start) =>
        Peek(0) is '+' or '-' && source[_position - 1] is 'e' or 'E'
        && !(source[start] == '0' && start + 1 < source.Length && source[start + 1] is 'x' or 'X');

    void ReadNameOrString()
    {
        var start = _position;
        while (char.IsLetterOrDigit(Peek(0)) || Peek(0) == '_') _position++;
        if (Peek(0) is '"' or '\'' && _position - start <= 2) ReadString(start);
        else Add(PythonTokenKind.Name, source[start.._position]);
    }

    void ReadString(int start)
    {
        var line = _line;
        var literal = new PythonString(source, start, new ConfigLocation(file, line));
        var value = literal.Read();
        _line += source.AsSpan(start, literal.End - start).Count('\n');
        _position = literal.End;
        _tokens.Add(new PythonToken(literal.Kind, value, line, TakeIndent()));
    }

    void ReadSymbol()
    {
        var letter = source[_position];
        var symbol = SymbolsByStart[letter].FirstOrDefault(IsHere) ?? throw Error(string.Create(CultureInfo.InvariantCulture,
            $"the character '{Shorten(letter.ToString())}' (U+{(int)letter:X4}) is no Python"));
        if (symbol is "(" or "[" or "{") _openBrackets++;
        if (symbol is ")" or "]" or "}") _openBrackets = Math.Max(0, _openBrackets - 1);
        _position += symbol.Length;
        if (symbol == ";" && _openBrackets == 0) EndStatement();
        else Add(PythonTokenKind.Symbol, symbol);
    }

    bool IsHere(string symbol) => string.CompareOrdinal(source, _position, symbol, 0, symbol.Length) == 0;

    char Peek(int ahead) => _position + ahead < source.Length ? source[_position + ahead] : '\0';

    void Add(PythonTokenKind kind, string text) =>
        _tokens.Add(new PythonToken(kind, text, _line, kind == PythonTokenKind.NewLine ? PythonToken.WithinLine : TakeIndent()));

    int TakeIndent()
    {
        var indent = _indent;
        _indent = PythonToken.WithinLine;
        return indent;
    }

    ConfigException Error(string problem) => new(new ConfigLocation(file, _line), problem);
}

/// <summary>Kinds of words in Python source.</summary>
enum PythonTokenKind
{
    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>A number as it is written.</summary>
    Number,

    /// <summary>A string; the text is its value.</summary>
    String,

    /// <summary>An f-string; the text is what stands between the quotes, escapes resolved, braces as they are.</summary>
    FormatString,

    /// <summary>Bytes; the text is of no use.</summary>
    Bytes,

    /// <summary>An operator or bracket.</summary>
    Symbol,

    /// <summary>End of a statement.</summary>
    NewLine,

    /// <summary>End of the source.</summary>
    End,
}

/// <summary>A word of Python source.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">What is written, or the value of a string.</param>
/// <param name="Line">From 1 on.</param>
/// <param name="Indent">Columns before it, if it is the first of a statement's line; otherwise
/// <see cref="WithinLine"/>.</param>
readonly record struct PythonToken(PythonTokenKind Kind, string Text, int Line, int Indent)
{
    /// <summary>Indentation of a word that is not the first of its line.</summary>
    public const int WithinLine = -1;

    /// <summary>The word as an error message calls it.</summary>
    public string Description => Kind switch
    {
        PythonTokenKind.NewLine => "the end of the line",
        PythonTokenKind.End => "the end of the file",
        PythonTokenKind.String or PythonTokenKind.FormatString or PythonTokenKind.Bytes =>
            $"the string '{PythonLexer.Shorten(Text)}'",
        _ => $"'{PythonLexer.Shorten(Text)}'",
    };
}
