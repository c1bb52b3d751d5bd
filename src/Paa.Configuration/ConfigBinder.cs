using System.Collections;
using System.Globalization;
using System.Reflection;

namespace Paa.Configuration;

/// <summary>Fills option records from a tree of YAML values by snake_case names; missing keys keep their defaults.</summary>
/// <remarks>One generic walk instead of a reader per record: a new option needs only a new property.</remarks>
sealed class ConfigBinder
{
    readonly NullabilityInfoContext _nullability = new();

    /// <summary>Creates a record from the values of a tree.</summary>
    /// <exception cref="ConfigException">A key is unknown or a value has the wrong type.</exception>
    public static T Bind<T>(ConfigMapping root) where T : new()
    {
        var record = new T();
        new ConfigBinder().Fill(record, root, "");
        return record;
    }

    void Fill(object record, ConfigMapping mapping, string path)
    {
        var properties = ConfigNames.Keys(record.GetType());
        foreach (var (key, entry) in mapping.Entries)
        {
            var keyPath = path.Length == 0 ? key : $"{path}.{key}";
            if (!properties.TryGetValue(key, out var property))
                throw new ConfigException(entry.Location, keyPath, UnknownKey(key, properties.Keys, path));
            property.SetValue(record, PropertyValue(property, record, entry.Value, keyPath));
        }
    }

    object? PropertyValue(PropertyInfo property, object record, ConfigNode node, string keyPath)
    {
        var mayBeNull = _nullability.Create(property).WriteState == NullabilityState.Nullable;
        if (mayBeNull && node is ConfigScalar { Text: null }) return null;
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (ConfigNames.RecordsByName(type) is { } records) return Records(node, records, keyPath);
        if (!ConfigNames.IsRecord(type)) return Value(node, type, keyPath);

        if (node is not ConfigMapping mapping) throw Mismatch(node, keyPath, "a mapping");
        // The parent was made for this call, so its default may be filled in place. Defaults that differ by place survive:
        // data.train flips, data.val does not.
        var nested = property.GetValue(record) ?? Activator.CreateInstance(type)!;
        Fill(nested, mapping, keyPath);
        return nested;
    }

    /// <summary>A dictionary of records, whose keys are the file's own.</summary>
    object Records(ConfigNode node, Type record, string keyPath)
    {
        if (node is not ConfigMapping mapping) throw Mismatch(node, keyPath, "a mapping");
        var records = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), record))!;
        foreach (var (name, entry) in mapping.Entries)
        {
            if (entry.Value is not ConfigMapping values) throw Mismatch(entry.Value, $"{keyPath}.{name}", "a mapping");
            var one = Activator.CreateInstance(record)!;
            Fill(one, values, $"{keyPath}.{name}");
            records.Add(name, one);
        }
        return records;
    }

    static object Value(ConfigNode node, Type type, string keyPath)
    {
        if (type.IsArray) return List(node, type.GetElementType()!, keyPath);
        var text = node is ConfigScalar { Text: { } given } ? given : null;
        if (type == typeof(string)) return text ?? throw Mismatch(node, keyPath, "text");
        if (type == typeof(bool))
            return bool.TryParse(text, out var flag) ? flag : throw Mismatch(node, keyPath, "true or false");
        if (type == typeof(int))
            return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
                ? whole
                : throw Mismatch(node, keyPath, "a whole number");
        if (type == typeof(double) || type == typeof(float))
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
                ? Convert.ChangeType(real, type, CultureInfo.InvariantCulture)
                : throw Mismatch(node, keyPath, "a number");
        if (type == typeof(TimeSpan))
            return (text is null ? null : DurationText.Parse(text)) ?? throw Mismatch(node, keyPath, DurationText.Expected);
        if (type.IsEnum)
            return (text is null ? null : ConfigNames.EnumValue(type, text)) ?? throw Mismatch(node, keyPath, OneOf(type));
        throw new NotSupportedException($"{keyPath}: options of type {type} cannot be read from YAML.");
    }

    /// <summary>A list; a lone value stands for a list of one, [1333, 800] for [[1333, 800]].</summary>
    static Array List(ConfigNode node, Type itemType, string keyPath)
    {
        var items = node switch
        {
            ConfigList { Items: [ConfigScalar, ..] } list when itemType.IsArray => [list],
            ConfigList list => list.Items,
            ConfigScalar { Text: not null } when !itemType.IsArray => [node],
            _ => throw Mismatch(node, keyPath, "a list"),
        };
        var values = Array.CreateInstance(itemType, items.Count);
        for (var i = 0; i < items.Count; i++) values.SetValue(Value(items[i], itemType, $"{keyPath}[{i}]"), i);
        return values;
    }

    static string UnknownKey(string key, ICollection<string> valid, string path)
    {
        if (NearestName.Find(key, valid) is { } nearest) return $"unknown key, did you mean '{nearest}'?";
        var elsewhere = path.Length == 0 ? ConfigPaths.Ending(key) : null;
        return elsewhere is null
            ? $"unknown key, expected one of {string.Join(", ", valid)}"
            : $"unknown key, did you mean '{elsewhere}'?";
    }

    static string OneOf(Type type) =>
        $"one of {string.Join(", ", Enum.GetValues(type).Cast<Enum>().Select(ConfigNames.EnumName))}";

    static ConfigException Mismatch(ConfigNode node, string keyPath, string expected) =>
        new(node.Location, keyPath, $"expected {expected}, got {node.Description}");
}
