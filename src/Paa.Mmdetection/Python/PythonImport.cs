using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>An import: <c>import a.b as c</c> or <c>from .a import b as c, d</c>.</summary>
/// <param name="Module">As it is written, dots before it included.</param>
/// <param name="Alias">What follows <c>as</c> after a module; otherwise null.</param>
/// <param name="Names">What is imported from it; empty for the module itself.</param>
/// <param name="IsAll"><c>from a import *</c>.</param>
/// <param name="Place">Where it stands.</param>
sealed record PythonImport(
    string Module, string? Alias, IReadOnlyList<(string Name, string Alias)> Names, bool IsAll, ConfigLocation Place)
{
    /// <summary>The name that is bound to a module.</summary>
    public string BoundModule => Alias ?? Module.Split('.')[0];

    /// <summary>The module to which that name leads.</summary>
    public string ReferredModule => Alias is null ? BoundModule : Module;

    /// <summary>The error that there is no such file.</summary>
    public string NotFound =>
        $"the configuration '{PythonLexer.Shorten(Module)}' is not there; put its file at that place below a "
        + "folder of this file, or name it in _base_";

    /// <summary>Reads one statement.</summary>
    public static IReadOnlyList<PythonImport> Read(PythonCursor cursor)
    {
        var place = cursor.Here;
        if (cursor.Take() == "import")
        {
            var modules = new List<PythonImport>();
            do modules.Add(new PythonImport(Dotted(cursor), AliasOf(cursor), [], false, place));
            while (cursor.TryTake(","));
            return modules;
        }
        var module = Dotted(cursor);
        if (!cursor.TryTakeWord("import")) throw cursor.NotRead();
        if (cursor.TryTake("*")) return [new PythonImport(module, null, [("*", "*")], true, place)];
        var isOpen = cursor.TryTake("(");
        var names = new List<(string, string)>();
        while (true)
        {
            var name = cursor.Expect(PythonTokenKind.Name);
            names.Add((name, AliasOf(cursor) ?? name));
            if (!cursor.TryTake(",") || (isOpen && cursor.IsAt(")"))) break;
        }
        if (isOpen) cursor.Expect(")");
        return [new PythonImport(module, null, names, false, place)];
    }

    static string? AliasOf(PythonCursor cursor) => cursor.TryTakeWord("as") ? cursor.Expect(PythonTokenKind.Name) : null;

    static string Dotted(PythonCursor cursor)
    {
        var name = "";
        while (cursor.IsAt(".", "...")) name += cursor.Take();
        while (cursor.Current.Kind == PythonTokenKind.Name && cursor.Current.Text != "import" && cursor.Current.Text != "as")
        {
            name += cursor.Take();
            if (!cursor.IsAt(".")) break;
            name += cursor.Take();
        }
        return name.Length > 0 ? name : throw cursor.NotRead();
    }
}
