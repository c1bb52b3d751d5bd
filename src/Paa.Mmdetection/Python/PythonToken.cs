namespace Paa.Mmdetection.Python;

/// <summary>Kinds of words in Python source.</summary>
enum PythonTokenKind
{
    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>A number as it is written.</summary>
    Number,

    /// <summary>A string; the text is its value.</summary>
    String,

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
readonly record struct PythonToken(PythonTokenKind Kind, string Text, int Line)
{
    /// <summary>The word as an error message calls it.</summary>
    public string Description => Kind switch
    {
        PythonTokenKind.NewLine => "the end of the line",
        PythonTokenKind.End => "the end of the file",
        PythonTokenKind.String => $"the string '{PythonLexer.Shorten(Text)}'",
        _ => $"'{PythonLexer.Shorten(Text)}'",
    };
}
