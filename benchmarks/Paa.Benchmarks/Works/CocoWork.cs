using Paa.Data;
using Paa.Evaluation;

namespace Paa.Benchmarks.Works;

/// <summary>COCO's metrics, with both files read.</summary>
/// <remarks>
/// Settings: <c>data=DIR</c> with <c>instances.json</c> and <c>detections.json</c>. If these files are missing,
/// <see cref="CocoProblem"/> makes them, there or in a temporary folder, for <c>images</c>, <c>classes</c>, <c>boxes</c> and
/// <c>detections</c> (per image).
/// </remarks>
sealed class CocoWork : IWork
{
    readonly string _annotations, _results;
    readonly string? _temporary;
    double _precision;

    public CocoWork(WorkSettings settings)
    {
        settings.Int("threads", 0);
        var problem = new CocoProblem(
            settings.Int("images", 5000), settings.Int("classes", 80), settings.Int("boxes", 36000),
            settings.Int("detections", 100));
        var folder = settings.Text("data");
        if (folder.Length == 0) folder = _temporary = Directory.CreateTempSubdirectory("paa-coco-").FullName;
        (_annotations, _results) = (Path.Combine(folder, "instances.json"), Path.Combine(folder, "detections.json"));
        if (!File.Exists(_results)) problem.Write(_annotations, _results);
    }

    /// <summary>AP.</summary>
    public double? Answer => _precision;

    public void Run() => _precision = CocoEvaluator.Evaluate(CocoDataset.Load(_annotations), CocoResults.Read(_results)).AP;

    public void Dispose()
    {
        if (_temporary is not null) Directory.Delete(_temporary, recursive: true);
    }
}
