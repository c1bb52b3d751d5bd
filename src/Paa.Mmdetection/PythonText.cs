using Paa.Configuration;

namespace Paa.Mmdetection;

/// <summary>Values as Python writes them, to compare and to show.</summary>
static class PythonText
{
    const int MaxItems = 10;

    /// <summary><c>None</c>, <c>True</c>, <c>pytorch</c>, <c>0.1</c>, <c>[0, 1]</c>.</summary>
    public static string Of(ConfigNode node) => node switch
    {
        ConfigScalar { Text: null } => "None",
        ConfigScalar { Text: "true" } => "True",
        ConfigScalar { Text: "false" } => "False",
        ConfigScalar { Text: { } text } => Python.PythonLexer.Shorten(text),
        ConfigList list => $"[{string.Join(", ", list.Items.Take(MaxItems).Select(Item))}{More(list)}]",
        _ => "a dict",
    };

    static string More(ConfigList list) => list.Items.Count > MaxItems ? ", ..." : "";

    static string Item(ConfigNode node) => node is ConfigList list ? list.Description : Of(node);
}
