namespace Paa.Mmdetection.Python;

/// <summary>What statements that are not run may do to names; it may name too many.</summary>
static class PythonEffects
{
    /// <summary>Names that may get another value.</summary>
    public static IEnumerable<string> Bound(PythonToken[] words)
    {
        var bound = new HashSet<string>();
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i].Kind != PythonTokenKind.Name || PythonKeywords.Contains(words[i].Text)) continue;
            var before = i > 0 ? words[i - 1] : default;
            var isAfterDot = before is { Kind: PythonTokenKind.Symbol, Text: "." };
            var isBound = before.Kind == PythonTokenKind.Name
                && before.Text is "def" or "class" or "as" or "import" or "global" or "nonlocal" or "for";
            if (isBound || (!isAfterDot && IsTarget(words, i))) bound.Add(words[i].Text);
        }
        return bound;
    }

    /// <summary>Names whose dict or list may be changed: by an index, a method, or a function that gets it.</summary>
    public static IEnumerable<string> Changed(PythonToken[] words)
    {
        var calls = new Stack<bool>();                                              // whether a function may change its arguments
        for (var i = 0; i < words.Length; i++)
        {
            var (kind, text) = (words[i].Kind, words[i].Text);
            if (kind == PythonTokenKind.Symbol && text is "(" or "[" or "{")
                calls.Push(text == "(" && i > 0 && words[i - 1].Kind == PythonTokenKind.Name
                    && !PythonFunctions.OnlyLooks(words[i - 1].Text) && !PythonKeywords.Contains(words[i - 1].Text));
            else if (kind == PythonTokenKind.Symbol && text is ")" or "]" or "}") calls.TryPop(out _);
            if (kind != PythonTokenKind.Name) continue;
            var next = i + 1 < words.Length ? words[i + 1].Text : "";
            var isMethod = next == "." && i + 2 < words.Length && !PythonMethods.OnlyLooks(words[i + 2].Text);
            if (isMethod || next == "[" || (calls.TryPeek(out var mayChange) && mayChange && next != "=")) yield return text;
        }
    }

    /// <summary>Whether a name stands to the left of an assignment, alone or among others.</summary>
    static bool IsTarget(PythonToken[] words, int index)
    {
        for (var i = index + 1; i < words.Length && i < index + 40; i++)
        {
            if (words[i].Kind is not (PythonTokenKind.Name or PythonTokenKind.Symbol)) return false;
            if (words[i] is { Kind: PythonTokenKind.Name, Text: "in" }) return true;
            if (words[i].Kind == PythonTokenKind.Name) continue;
            if (words[i].Text.EndsWith('=') && words[i].Text is not ("==" or "<=" or ">=" or "!=")) return true;
            if (words[i].Text is not ("," or ")" or "]" or "*" or ":")) return false;
        }
        return false;
    }
}
