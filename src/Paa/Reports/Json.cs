using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paa.Reports;

/// <summary>The style of JSON output: snake_case names, enums by name, letters unescaped.</summary>
/// <remarks>JSON cannot express non-finite numbers; they are written as the strings NaN, Infinity and -Infinity.</remarks>
static class Json
{
    /// <summary>Over several lines; a missing value is null.</summary>
    public static JsonSerializerOptions Indented { get; } = Create(isIndented: true, JsonIgnoreCondition.Never);

    /// <summary>Over several lines; missing values are left out.</summary>
    public static JsonSerializerOptions IndentedWithoutNulls { get; } =
        Create(isIndented: true, JsonIgnoreCondition.WhenWritingNull);

    /// <summary>On one line; missing values are left out.</summary>
    public static JsonSerializerOptions Line { get; } = Create(isIndented: false, JsonIgnoreCondition.WhenWritingNull);

    /// <summary>Converts a value to JSON text.</summary>
    /// <param name="value">The value to write.</param>
    /// <param name="options">One of the above; null for <see cref="Indented"/>.</param>
    public static string Text<T>(T value, JsonSerializerOptions? options = null) =>
        JsonSerializer.Serialize(value, options ?? Indented);

    static JsonSerializerOptions Create(bool isIndented, JsonIgnoreCondition ignored) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        DefaultIgnoreCondition = ignored,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = isIndented,
    };
}
