using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>What stands to the left of an assignment: names, items and attributes.</summary>
static class PythonTarget
{
    /// <summary>Assigns a value to what stands between the next word and an index, which is left out.</summary>
    public static void Assign(PythonCursor cursor, PythonScope scope, PythonExpression expressions, int end, ConfigNode value)
    {
        var place = cursor.Here;
        if (cursor.Current.Kind == PythonTokenKind.Name
            && (cursor.Position + 1 == end || cursor.Following is { Kind: PythonTokenKind.Symbol, Text: ":" }))
        {
            if (PythonKeywords.Contains(cursor.Current.Text) || cursor.Current.Text is "True" or "False" or "None")
                throw cursor.NotRead();
            scope.Bind(cursor.Take(), value, place);
            cursor.Seek(end);
            return;
        }
        if (cursor.Find(token => token is { Kind: PythonTokenKind.Symbol, Text: "," }) is >= 0 and var comma && comma < end)
        {
            AssignSeveral(cursor, scope, expressions, end, value);
            return;
        }
        if (cursor.IsAt("(", "[") && cursor.Position + 1 < end)
        {
            cursor.Take();
            AssignSeveral(cursor, scope, expressions, end - 1, value);
            cursor.Seek(end);
            return;
        }
        if (cursor.TryTake("*"))
        {
            Assign(cursor, scope, expressions, end, value);
            return;
        }
        AssignPart(cursor, scope, expressions, end, value);
    }

    /// <summary><c>del</c> before a name, an item or an attribute.</summary>
    public static void Delete(PythonCursor cursor, PythonScope scope, PythonExpression expressions, int end)
    {
        if (cursor.Current.Kind == PythonTokenKind.Name && cursor.Position + 1 == end)
        {
            scope.Unbind(cursor.Take());
            return;
        }
        var (whole, key) = Part(cursor, expressions, end);
        if (whole is ConfigMapping dict && key is not null && PythonFormat.Str(key) is { } name)
            scope.Replace(dict, dict.Without(name));
        else if (whole is ConfigList list && key is PythonScalar { Value: long at } && PythonItems.IsWithin(at, list.Items.Count))
            scope.Replace(list, new ConfigList(
                list.Location, [.. list.Items.Where((_, i) => i != PythonItems.Position(at, list.Items.Count))]));
        else scope.Forget(whole, "'del' changes it");
    }

    static void AssignSeveral(PythonCursor cursor, PythonScope scope, PythonExpression expressions, int end, ConfigNode value)
    {
        var targets = new List<(int Start, int End)>();
        while (cursor.Position < end)
        {
            var start = cursor.Position;
            var comma = cursor.Find(token => token is { Kind: PythonTokenKind.Symbol, Text: "," });
            var stop = comma < 0 || comma > end ? end : comma;
            if (stop > start) targets.Add((start, stop));
            cursor.Seek(Math.Min(stop + 1, end));
        }
        var items = value is ConfigUnknown ? null : PythonComprehension.Items(value);
        for (var i = 0; i < targets.Count; i++)
        {
            cursor.Seek(targets[i].Start);
            var isKnown = items is not null && items.Count == targets.Count && !cursor.IsAt("*");
            var reason = (value as ConfigUnknown)?.Reason ?? "it is a part of what cannot be told apart";
            Assign(cursor, scope, expressions, targets[i].End, isKnown ? items![i] : new ConfigUnknown(cursor.Here, reason));
        }
        cursor.Seek(end);
    }

    /// <summary><c>a['b'] = value</c>, <c>a.b = value</c>.</summary>
    static void AssignPart(PythonCursor cursor, PythonScope scope, PythonExpression expressions, int end, ConfigNode value)
    {
        var (whole, key) = Part(cursor, expressions, end);
        if (whole is ConfigUnknown) return;
        if (key is not null && key is not ConfigUnknown && PythonChange.WithItem(whole, key, value) is { } changed)
            scope.Replace(whole, changed);
        else scope.Forget(whole, "an assignment to a part of it is not done");
    }

    /// <summary>The dict or list whose part is meant, and the key of the part, null if that is not one item.</summary>
    static (ConfigNode Whole, ConfigNode? Key) Part(PythonCursor cursor, PythonExpression expressions, int end)
    {
        var start = cursor.Position;
        var last = -1;
        for (; cursor.Position < end; cursor.Seek(cursor.Position + 1))
        {
            var at = cursor.Find(token => token is { Kind: PythonTokenKind.Symbol, Text: "[" or "." });
            if (at < 0 || at >= end) break;
            last = at;
            cursor.Seek(at);
            if (!cursor.IsAt("[")) continue;
            cursor.Take();
            var close = cursor.Find(token => token is { Kind: PythonTokenKind.Symbol, Text: "]" });
            if (close < 0 || close >= end) throw cursor.NotRead();
            cursor.Seek(close);
        }
        cursor.Seek(start);
        if (last < 0) throw cursor.NotRead();
        var whole = expressions.ReadUntil(last);
        if (cursor.Position != last) throw cursor.NotRead();
        if (cursor.TryTake("."))
        {
            var place = cursor.Here;
            return (whole, new PythonScalar(place, cursor.Expect(PythonTokenKind.Name)));
        }
        cursor.Take();
        var key = cursor.IsAt(":") ? null : expressions.Read();
        return (whole, cursor.IsAt("]") ? key : null);
    }
}
