using System.Globalization;
using System.Text;
using System.Text.Json;
using Paa.Reports;

namespace Paa.Evaluation;

/// <summary>
/// Writes metrics as text, in the lines of pycocotools with a table of the classes, and as JSON.
/// </summary>
public static class CocoReport
{
    /// <summary>The twelve figures and one row per class.</summary>
    public static string ToText(CocoMetrics metrics)
    {
        var text = new StringBuilder();
        var culture = CultureInfo.InvariantCulture;
        foreach (var (i, name) in metrics.StatNames.Index())
        {
            var isPrecision = name.StartsWith("AP", StringComparison.Ordinal);
            var iou = name switch { "AP50" => "0.50     ", "AP75" => "0.75     ", _ => "0.50:0.95" };
            var area = CocoParameters.Areas[name[^1] switch { 's' => 1, 'm' => 2, 'l' => 3, _ => 0 }].Name;
            text.AppendLine(culture, $" Average {(isPrecision ? "Precision  (AP)" : "Recall     (AR)")} @[ IoU={iou} | "
                + $"area={area,6} | maxDets={metrics.StatLimits[i],3} ] = {metrics.Stats[i]:0.000}");
        }
        var width = Math.Max("class".Length, metrics.Classes.Select(c => PrintableText.Of(c.Name).Length).DefaultIfEmpty().Max());
        text.AppendLine();
        text.AppendLine(culture, $" {"class".PadRight(width)}      AP    AP50 {Recall(metrics),7}  objects");
        foreach (var c in metrics.Classes)
            text.AppendLine(culture,
                $" {PrintableText.Of(c.Name).PadRight(width)} {Value(c.AP)} {Value(c.AP50)} {Value(c.AR)} {c.ObjectCount,8}");
        return text.ToString();

        string Value(double value) => (value < 0 ? "-" : value.ToString("0.000", culture)).PadLeft(7);
    }

    /// <summary>The name of recall at the largest limit of detections, AR100.</summary>
    static string Recall(CocoMetrics metrics) => metrics.StatNames[8];

    /// <summary>The limits, the twelve figures by name, then the classes; -1 stands for "no value".</summary>
    public static void Write(Utf8JsonWriter json, CocoMetrics metrics)
    {
        json.WriteStartObject();
        json.WriteNumber("images", metrics.ImageCount);
        json.WriteNumber("detections", metrics.DetectionCount);
        json.WriteStartArray("max_dets");
        foreach (var limit in metrics.Limits) json.WriteNumberValue(limit);
        json.WriteEndArray();
        foreach (var (i, name) in metrics.StatNames.Index()) json.WriteNumber(name, metrics.Stats[i]);
        json.WriteStartArray("classes");
        foreach (var c in metrics.Classes)
        {
            json.WriteStartObject();
            json.WriteString("name", c.Name);
            json.WriteNumber("category_id", c.CategoryId);
            json.WriteNumber("label", c.Label);
            json.WriteNumber("AP", c.AP);
            json.WriteNumber("AP50", c.AP50);
            json.WriteNumber(Recall(metrics), c.AR);
            json.WriteNumber("objects", c.ObjectCount);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
