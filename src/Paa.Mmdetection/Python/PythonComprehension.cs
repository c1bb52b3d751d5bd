using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Lists, sets and dicts that are made by <c>for</c> inside of brackets.</summary>
/// <remarks>The words of the element are read again for every item.</remarks>
sealed class PythonComprehension(PythonCursor cursor, PythonScope scope, PythonWork work, PythonExpression expressions)
{
    readonly List<ConfigNode> _items = [];
    PythonDictBuilder? _dict;
    int _element;
    ConfigUnknown? _unknown;

    /// <summary>Reads one, if there is one between the bracket that was taken and its end.</summary>
    /// <param name="start">Where the bracket stands.</param>
    /// <param name="end">What closes it.</param>
    /// <returns>Its value, or null if this is none; then nothing was taken.</returns>
    public ConfigNode? TryRead(ConfigLocation start, string end)
    {
        var first = cursor.Find(token => token is { Kind: PythonTokenKind.Symbol, Text: "," }
            or { Kind: PythonTokenKind.Name, Text: "for" or "lambda" });
        if (first < 0) return null;
        _element = cursor.Position;
        cursor.Seek(first);
        if (!cursor.IsAtWord("for"))
        {
            cursor.Seek(_element);
            return null;
        }
        var close = cursor.Find(token => token.Kind == PythonTokenKind.Symbol && token.Text == end);
        if (close < 0) throw cursor.NotRead();
        cursor.Seek(_element);
        if (end == "}" && cursor.Find(token => token is { Kind: PythonTokenKind.Symbol, Text: ":" }) is >= 0 and var colon
            && colon < first)
            _dict = new PythonDictBuilder(start);
        cursor.Seek(first);
        ReadClause();
        cursor.Seek(close + 1);
        if (_unknown is not null) return new ConfigUnknown(start, _unknown.Reason);
        if (_dict is not null) return _dict.Build();
        return new ConfigList(start, end == "}" ? [.. _items.DistinctBy(PythonComparison.Identity)] : _items);
    }

    /// <summary>The items over which a value would be run; null if that is not known.</summary>
    public static IReadOnlyList<ConfigNode>? Items(ConfigNode value) => value switch
    {
        ConfigList list => list.Items,
        ConfigMapping dict => [.. dict.Entries.Keys.Select(key => new PythonScalar(dict.Location, key))],
        PythonScalar { Value: string text } => [.. text.Select(letter => new PythonScalar(value.Location, letter.ToString()))],
        _ => null,
    };

    /// <summary><c>for x in y if z</c>, and what stands to the right of it.</summary>
    void ReadClause()
    {
        cursor.Take();                                                              // for
        var names = new List<string>();
        for (; !cursor.IsAtWord("in"); cursor.Take())
        {
            if (cursor.Current.Kind == PythonTokenKind.Name) names.Add(cursor.Current.Text);
            else if (!cursor.IsAt(",", "(", ")")) throw cursor.NotRead();
        }
        cursor.Take();
        var iterated = expressions.ReadWithoutCondition();
        var body = cursor.Position;
        if (Items(iterated) is not { } items)
        {
            _unknown ??= iterated as ConfigUnknown ?? new ConfigUnknown(iterated.Location, "what 'for' runs over is not known");
            return;
        }
        var outer = names.Select(name => (name, scope.Local(name))).ToArray();
        foreach (var item in items)
        {
            if (!Bind(names, item)) _unknown ??= new ConfigUnknown(item.Location, "the items of 'for' are not known");
            cursor.Seek(body);
            ReadItem();
            if (_unknown is not null) break;
        }
        foreach (var (name, value) in outer) scope.BindLocal(name, value);
    }

    bool Bind(List<string> names, ConfigNode item)
    {
        if (names.Count == 1)
        {
            scope.BindLocal(names[0], item);
            return true;
        }
        if (Items(item) is not { } parts || parts.Count != names.Count) return false;
        for (var i = 0; i < names.Count; i++) scope.BindLocal(names[i], parts[i]);
        return true;
    }

    void ReadItem()
    {
        while (cursor.TryTakeWord("if"))
        {
            var condition = expressions.ReadWithoutCondition();
            var holds = PythonExpression.Truth(condition);
            if (holds is null) _unknown ??= condition as ConfigUnknown ?? new ConfigUnknown(condition.Location, "a condition");
            if (holds != true) return;
        }
        if (cursor.IsAtWord("for"))
        {
            ReadClause();
            return;
        }
        cursor.Seek(_element);
        var place = cursor.Here;
        var value = expressions.Read();
        work.Spend(1, place);
        if (_dict is null)
        {
            _items.Add(value);
            if (_items.Count > PythonArithmetic.MaxLength) _unknown = PythonArithmetic.TooLong(place);
            return;
        }
        cursor.Expect(":");
        if (PythonFormat.Str(value) is { } key) _dict.Set(place, key, expressions.Read());
        else _unknown = value as ConfigUnknown ?? new ConfigUnknown(place, "a key that is no text");
    }
}
