using System.Globalization;
using Paa.Zoo;

namespace Paa.Cli.Zoo;

/// <summary>MMDetection's table of its detectors.</summary>
static class ZooTable
{
    /// <summary>Prints rows of the table.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="models">The rows.</param>
    /// <param name="cache">Tells which of them are downloaded.</param>
    public static void Write(TextWriter output, IEnumerable<ZooModel> models, WeightCache cache)
    {
        var table = new TextTable("name", "backbone", "schedule", "AP", "AP without voting", "memory GB", "downloaded");
        foreach (var model in models)
            table.Add(
                model.Name, model.Backbone, $"{model.Epochs}e{(model.IsMultiscale ? ", multi-scale" : "")}", Number(model.Ap),
                Number(model.ApWithoutVoting), Number(model.MemoryGb),
                File.Exists(cache.PathOf(model.Weights)) ? "yes" : "no");
        table.Write(output);
    }

    static string Number(double? value) => value?.ToString("0.0", CultureInfo.InvariantCulture) ?? "-";
}
