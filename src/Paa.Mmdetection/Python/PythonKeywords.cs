namespace Paa.Mmdetection.Python;

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
