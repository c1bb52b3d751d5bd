using System.Globalization;
using Paa.Data;
using Paa.Evaluation;

namespace Paa.Tests.Evaluation;

/// <summary>A small detection problem.</summary>
/// <param name="Images">Image ids.</param>
/// <param name="Categories">Category ids.</param>
/// <param name="Objects">Rows of id, image, category, x, y, width, height, area, crowd.</param>
/// <param name="Results">Rows of image, category, x, y, width, height, score.</param>
public sealed record CocoProblem(long[] Images, long[] Categories, double[][] Objects, double[][] Results)
{
    public CocoResult[] CocoResults =>
        [.. Results.Select(r => new CocoResult((long)r[0], (long)r[1], r[2], r[3], r[4], r[5], r[6]))];

    public CocoMetrics Evaluate() => CocoEvaluator.Evaluate(Dataset(), CocoResults);

    public CocoDataset Dataset()
    {
        using var folder = new TemporaryFolder();
        string List<T>(IEnumerable<T> items, Func<T, string> toJson) => string.Join(", ", items.Select(toJson));
        return CocoDataset.Load(folder.Write("instances.json", $$"""
            {
              "images": [{{List(Images, id => $$"""{"id": {{id}}, "file_name": "{{id}}.jpg", "width": 640, "height": 480}""")}}],
              "categories": [{{List(Categories, id => $$"""{"id": {{id}}, "name": "class {{id}}"}""")}}],
              "annotations": [{{List(Objects, o => string.Create(CultureInfo.InvariantCulture, $$"""
                {"id": {{o[0]}}, "image_id": {{o[1]}}, "category_id": {{o[2]}}, "bbox": [{{o[3]}}, {{o[4]}}, {{o[5]}}, {{o[6]}}],
                 "area": {{o[7]}}, "iscrowd": {{o[8]}}}
                """))}}]
            }
            """));
    }
}
