using Paa.Options;

namespace Paa.Configuration;

/// <summary>Every key that a configuration can have, from the root: <c>optimizer.lr</c>.</summary>
static class ConfigPaths
{
    /// <summary>All keys, depth first, in the order of the records.</summary>
    public static IEnumerable<string> All() => Below(typeof(PaaConfig), "");

    /// <summary>The first key that ends in a name; null if none does.</summary>
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
