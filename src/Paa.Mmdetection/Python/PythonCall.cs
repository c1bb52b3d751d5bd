using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Reads a call. A few functions and methods whose result is plain are computed; the others are not run.</summary>
sealed class PythonCall(PythonCursor cursor, PythonScope scope, PythonWork work, PythonExpression expressions)
{
    readonly List<ConfigNode> _arguments = [];
    readonly List<(ConfigLocation Place, string Key, ConfigNode Value)> _named = [];
    ConfigUnknown? _unknown;

    /// <summary>The call of a function, from its parenthesis on.</summary>
    /// <param name="function">What its name is bound to.</param>
    /// <param name="shownName">Its name as it is written.</param>
    public ConfigNode Read(ConfigNode function, string shownName)
    {
        var place = cursor.Here;
        ReadArguments();
        var name = (function as ConfigUnknown)?.Name;
        if (name is not null && PythonFunctions.Exists(name))
        {
            if (_unknown is not null) return new ConfigUnknown(place, _unknown.Reason);
            if (name == "dict") return Dict(place);
            if (PythonFunctions.Call(name, _arguments, _named.Count == 0, place, work) is { } known) return known;
            return new ConfigUnknown(place, ConfigUnknown.In([.. _arguments])?.Reason ?? NotRun(shownName));
        }
        foreach (var argument in (IEnumerable<ConfigNode>)[.. _arguments, .. _named.Select(one => one.Value)])
            if (!PythonFunctions.OnlyLooks(name)) scope.Forget(argument, $"{NotRun(shownName)}, and may change it");
        return new ConfigUnknown(place, NotRun(shownName));
    }

    /// <summary>The call of a method of a known value, from its parenthesis on.</summary>
    /// <param name="value">The value.</param>
    /// <param name="method">The method's name.</param>
    public ConfigNode ReadMethod(ConfigNode value, string method)
    {
        var place = cursor.Here;
        ReadArguments();
        if (_unknown is null && Changed(value, method) is { } change)
        {
            scope.Replace(value, change.Value);
            return change.Result;
        }
        if (method == "format" && value is PythonScalar { Value: string format } && _unknown is null)
            return PythonFormat.Braces(format, place, Argument());
        if (_unknown is null && _named.Count == 0 && PythonMethods.Call(value, method, _arguments) is { } known)
        {
            work.Spend(PythonWork.Size(known), place);
            return known;
        }
        if (!PythonMethods.OnlyLooks(method)) scope.Forget(value, $"{NotRun("." + method)}, and may change it");
        return new ConfigUnknown(place, ConfigUnknown.In([.. _arguments])?.Reason ?? NotRun("." + method));
    }

    static string NotRun(string name) => $"the call {PythonLexer.Shorten(name)}(...) is not run";

    ConfigNode Dict(ConfigLocation place)
    {
        var dict = new PythonDictBuilder(place);
        foreach (var argument in _arguments)
        {
            if (argument is ConfigList pairs
                && pairs.Items.All(pair => pair is ConfigList { Items: [PythonScalar { Value: string }, _] }))
                foreach (var pair in pairs.Items.Cast<ConfigList>())
                    dict.Set(pair.Location, (string)((PythonScalar)pair.Items[0]).Value!, pair.Items[1]);
            else dict.AddAll(argument, mayRepeat: true);
        }
        foreach (var (keyPlace, key, value) in _named)
        {
            if (key.Length == 0) dict.AddAll(value, mayRepeat: false);
            else dict.Add(keyPlace, key, value);
        }
        return dict.Build();
    }

    Func<string, ConfigNode?> Argument()
    {
        var next = 0;
        return field =>
        {
            if (field.Length == 0) return next < _arguments.Count ? _arguments[next++] : null;
            if (int.TryParse(field, out var index)) return index >= 0 && index < _arguments.Count ? _arguments[index] : null;
            return _named.Find(one => one.Key == field).Value;
        };
    }

    /// <summary>What a method makes of a dict or list, and what it gives back; null if it is none of those that are
    /// done.</summary>
    (ConfigNode Value, ConfigNode Result)? Changed(ConfigNode value, string method)
    {
        var nothing = new PythonScalar(value.Location, null);
        switch (value, method, _arguments)
        {
            case (ConfigMapping dict, "update", []) when _named.TrueForAll(one => one.Key.Length > 0):
                return (Updated(dict, []), nothing);
            case (ConfigMapping dict, "update", [ConfigMapping more]) when _named.TrueForAll(one => one.Key.Length > 0):
                return (Updated(dict, more.Entries), nothing);
            case (ConfigMapping dict, "pop", [PythonScalar { Value: string key }, ..]) when dict.Entries.ContainsKey(key):
                return (dict.Without(key), dict.Entries[key].Value);
            case (ConfigMapping dict, "setdefault", [PythonScalar { Value: string key }, var missing]):
                return dict.Entries.TryGetValue(key, out var there)
                    ? (dict, there.Value)
                    : (PythonChange.With(dict, key, missing), missing);
            case (ConfigList list, "append", [var item]):
                return (Grown(list, [.. list.Items, item]), nothing);
            case (ConfigList list, "extend", [var more]) when PythonComprehension.Items(more) is { } items:
                return (Grown(list, [.. list.Items, .. items]), nothing);
            case (ConfigList list, "insert", [PythonScalar { Value: long at }, var item]):
                var position = (int)Math.Clamp(at < 0 ? at + list.Items.Count : at, 0, list.Items.Count);
                return (Grown(list, [.. list.Items.Take(position), item, .. list.Items.Skip(position)]), nothing);
            case (ConfigList list, "pop", []) when list.Items.Count > 0:
                return (Grown(list, [.. list.Items.SkipLast(1)]), list.Items[^1]);
            case (ConfigList list, "pop", [PythonScalar { Value: long at }]) when PythonItems.IsWithin(at, list.Items.Count):
                var removed = PythonItems.Position(at, list.Items.Count);
                return (Grown(list, [.. list.Items.Where((_, i) => i != removed)]), list.Items[removed]);
            default:
                return null;
        }
    }

    /// <summary>The dict with more keys; mmengine's own dicts, which pure Python configurations consist of, are merged.</summary>
    ConfigNode Updated(ConfigMapping dict, IEnumerable<KeyValuePair<string, ConfigEntry>> more)
    {
        var upper = new OrderedDictionary<string, ConfigEntry>();
        foreach (var (key, entry) in more) upper[key] = entry;
        foreach (var (place, key, value) in _named) upper[key] = new ConfigEntry(place, value);
        if (scope.MergesUpdates) return MmcvMerge.Lay(new ConfigMapping(dict.Location, upper), dict);
        var merged = new OrderedDictionary<string, ConfigEntry>(dict.Entries);
        foreach (var (key, entry) in upper) merged[key] = entry;
        return new ConfigMapping(dict.Location, merged, dict.Replaces);
    }

    ConfigNode Grown(ConfigList list, ConfigNode[] items)
    {
        work.Spend(items.Length, list.Location);
        return items.Length <= PythonArithmetic.MaxLength
            ? new ConfigList(list.Location, items)
            : PythonArithmetic.TooLong(list.Location);
    }

    void ReadArguments()
    {
        var start = cursor.Here;
        cursor.Expect("(");
        if (new PythonComprehension(cursor, scope, work, expressions).TryRead(start, ")") is { } made)
        {
            _arguments.Add(made);
            return;
        }
        while (!cursor.TryTake(")"))
        {
            var place = cursor.Here;
            if (cursor.TryTake("**"))
            {
                _named.Add((place, "", expressions.Read()));
            }
            else if (cursor.TryTake("*"))
            {
                var spread = expressions.Read();
                if (PythonComprehension.Items(spread) is { } items) _arguments.AddRange(items);
                else _unknown ??= spread as ConfigUnknown ?? new ConfigUnknown(place, "what '*' spreads is not known");
            }
            else if (cursor.Current.Kind == PythonTokenKind.Name
                && cursor.Following is { Kind: PythonTokenKind.Symbol, Text: "=" })
            {
                var key = cursor.Take();
                cursor.Expect("=");
                _named.Add((place, key, expressions.Read()));
            }
            else
            {
                _arguments.Add(expressions.Read());
            }
            cursor.ExpectCommaOr(")");
        }
        work.Spend(_arguments.Count, start);
    }
}
