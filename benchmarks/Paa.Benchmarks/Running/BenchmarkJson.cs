using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paa.Benchmarks.Running;

/// <summary>How benchmarks write JSON: names in snake_case, no nulls.</summary>
static class BenchmarkJson
{
    /// <summary>On one line.</summary>
    public static JsonSerializerOptions Compact { get; } = Options(indented: false);

    /// <summary>To be read by people.</summary>
    public static JsonSerializerOptions Indented { get; } = Options(indented: true);

    static JsonSerializerOptions Options(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = indented,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
