using System.Collections;
using System.Reflection;
using System.Text;
using Paa.Options;

namespace Paa.Configuration;

/// <summary>
/// YAML names of options and their values: the <see cref="ConfigKeyAttribute"/>, or else the C# name in snake_case.
/// </summary>
static class ConfigNames
{
    /// <summary>Turns <c>MinPosIou</c> into <c>min_pos_iou</c>.</summary>
    public static string SnakeCase(string name)
    {
        var snake = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && snake.Length > 0) snake.Append('_');
            snake.Append(char.ToLowerInvariant(letter));
        }
        return snake.ToString();
    }

    /// <summary>The settable properties of a record by YAML name, in the order of the source.</summary>
    public static OrderedDictionary<string, PropertyInfo> Keys(Type record)
    {
        var keys = new OrderedDictionary<string, PropertyInfo>();
        foreach (var property in record.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
            keys.Add(property.GetCustomAttribute<ConfigKeyAttribute>()?.Name ?? SnakeCase(property.Name), property);
        return keys;
    }

    /// <summary>
    /// The name of a value: its <see cref="ConfigKeyAttribute"/>, if it has one; otherwise an abbreviation such as <c>SGD</c>
    /// stays as it is and other names become snake_case.
    /// </summary>
    public static string EnumName(Enum value)
    {
        var name = value.ToString();
        return value.GetType().GetField(name)?.GetCustomAttribute<ConfigKeyAttribute>()?.Name
            ?? (char.IsUpper(name[^1]) ? name : SnakeCase(name));
    }

    /// <summary>The value with this name or alias, in either spelling and any case; null if there is none.</summary>
    public static Enum? EnumValue(Type type, string name)
    {
        var plain = name.Replace("_", "", StringComparison.Ordinal);
        return Enum.GetValues(type).Cast<Enum>().FirstOrDefault(value => IsName(value.ToString()) || IsName(Alias(value)));

        bool IsName(string? own) => plain.Equals(own, StringComparison.OrdinalIgnoreCase);

        string? Alias(Enum value) => type.GetField(value.ToString())?.GetCustomAttribute<ConfigKeyAttribute>()?.Alias;
    }

    /// <summary>Whether a type is an option record, written as a mapping in YAML.</summary>
    public static bool IsRecord(Type type) =>
        type.IsClass && type != typeof(string) && !type.IsArray && !type.IsAssignableTo(typeof(IEnumerable));

    /// <summary>
    /// The type of the records in a dictionary by name, written as a mapping with keys of its own; null for another type.
    /// </summary>
    public static Type? RecordsByName(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)
            ? type.GenericTypeArguments[1]
            : null;
}

/// <summary>Every key that a configuration can have, from the root, such as <c>optimizer.lr</c>.</summary>
static class ConfigPaths
{
    /// <summary>All keys, depth first, in the order of the records.</summary>
    public static IEnumerable<string> All() => Below(typeof(PaaConfig), "");

    /// <summary>The first key that ends with a name; null if none does.</summary>
    public static string? Ending(string name) =>
        All().FirstOrDefault(path => path.EndsWith($".{name}", StringComparison.Ordinal));

    static IEnumerable<string> Below(Type record, string prefix)
    {
        foreach (var (key, property) in ConfigNames.Keys(record))
        {
            yield return prefix + key;
            if (!ConfigNames.IsRecord(property.PropertyType)) continue;
            foreach (var path in Below(property.PropertyType, $"{prefix}{key}.")) yield return path;
        }
    }
}
