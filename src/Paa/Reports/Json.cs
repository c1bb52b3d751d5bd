using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paa.Reports;

/// <summary>How results are written as JSON: snake_case names, enums by name, readable letters.</summary>
/// <remarks>JSON has no word for numbers that are not finite; they are written as the strings NaN, Infinity and
/// -Infinity.</remarks>
static class Json
{
    /// <summary>Over several lines, for people. A value that is missing is null.</summary>
    public static JsonSerializerOptions Indented { get; } = Create(isIndented: true, JsonIgnoreCondition.Never);

    /// <summary>Over several lines, without the values that are missing.</summary>
    public static JsonSerializerOptions IndentedWithoutNulls { get; } =
        Create(isIndented: true, JsonIgnoreCondition.WhenWritingNull);

    /// <summary>On one line, without the values that are missing.</summary>
    public static JsonSerializerOptions Line { get; } = Create(isIndented: false, JsonIgnoreCondition.WhenWritingNull);

    /// <summary>A value as text.</summary>
    /// <param name="value">What to write.</param>
    /// <param name="options">One of the above; <see cref="Indented"/> without it.</param>
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
