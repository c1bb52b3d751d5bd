using Paa.Data;
using Paa.Evaluation;
using Paa.Tests.Data;

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

    public CocoMetrics Evaluate(int[]? limits = null) => CocoEvaluator.Evaluate(Dataset(), CocoResults, limits: limits);

    public CocoDataset Dataset()
    {
        var annotations = new CocoBuilder();
        foreach (var id in Images) annotations.AddImage(id, $"{id}.jpg", 640, 480);
        foreach (var id in Categories) annotations.AddCategory(id, $"class {id}");
        foreach (var o in Objects)
            annotations.AddObject((long)o[1], (long)o[2], o[3..7], area: o[7], isCrowd: o[8] != 0, id: (long)o[0]);
        using var folder = new TemporaryFolder();
        return CocoDataset.Load(annotations.Write(folder["instances.json"]));
    }
}
