using Paa.Models;
using Paa.Torch;

namespace Paa.Training.Losses;

/// <summary>Head outputs as one row an anchor: image after image, level after level, row by row.</summary>
/// <param name="ClassLogits">[N * A, K].</param>
/// <param name="BoxDeltas">[N * A, 4].</param>
/// <param name="IouLogits">[N * A].</param>
sealed record FlatOutputs(Tensor ClassLogits, Tensor BoxDeltas, Tensor IouLogits)
{
    /// <summary>Reorders the outputs; the result shares the graph with them.</summary>
    public static FlatOutputs From(HeadOutputs<Tensor> outputs) =>
        new(Flatten(outputs.ClassLogits), Flatten(outputs.BoxDeltas), Flatten(outputs.IouLogits).Reshape(-1));

    /// <summary>The rows of some anchors.</summary>
    /// <param name="index">[n] int64, image * A + anchor.</param>
    public FlatOutputs Rows(Tensor index) =>
        new(ClassLogits.IndexSelect(0, index), BoxDeltas.IndexSelect(0, index), IouLogits.IndexSelect(0, index));

    static Tensor Flatten(Tensor[] maps)
    {
        var (imageCount, channels) = (maps[0].Size(0), maps[0].Size(1));
        Tensor[] rows = [.. maps.Select(map => map.Permute(0, 2, 3, 1).Reshape(imageCount, -1, channels))]; // [N, A_l, C]
        return Tensor.Concat(rows, 1).Reshape(-1, channels);
    }
}
