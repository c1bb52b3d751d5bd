using System.Globalization;
using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>A single Python value; arithmetic needs its type, the binder only its text.</summary>
/// <param name="location">Where it was written.</param>
/// <param name="value">Null for None, or a bool, long, double or string.</param>
sealed class PythonScalar(ConfigLocation location, object? value) : ConfigScalar(location, TextOf(value))
{
    public object? Value => value;

    static string? TextOf(object? value) => value switch
    {
        null => null,
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        var text => (string)text,
    };
}
