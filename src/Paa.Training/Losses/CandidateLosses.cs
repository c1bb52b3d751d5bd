using Paa.Boxes;
using Paa.Models;
using Paa.Options;
using Paa.Torch;

namespace Paa.Training.Losses;

/// <summary>The loss of each candidate for its object: focal loss over all classes plus weighted GIoU loss.</summary>
/// <remarks>
/// No graph is needed: these numbers only steer the assignment. On the CPU they are computed where the outputs lie, row by row; on
/// another device by one gather and one copy to the host a batch.
/// </remarks>
sealed class CandidateLosses(HeadOptions head)
{
    readonly HostCandidateLosses _host = new(head);

    /// <summary>Whether the host computes where it can read the outputs.</summary>
    public bool IsHostUsed { get; set; } = true;

    /// <summary>Losses of the candidates of a batch.</summary>
    /// <param name="flat">Head outputs, one row an anchor. Borrowed.</param>
    /// <param name="grid">The anchors.</param>
    /// <param name="targets">One an image.</param>
    /// <returns>For each image one loss a candidate.</returns>
    public float[][] Compute(FlatOutputs flat, AnchorGrid grid, IReadOnlyList<ImageTargets> targets) =>
        IsHostUsed && HostCandidateLosses.CanRead(flat)
            ? [.. targets.Select((target, image) => _host.Compute(flat, grid, target, image))]
            : ComputeOnDevice(flat, grid, targets);

    /// <summary>The same by libtorch.</summary>
    internal float[][] ComputeOnDevice(FlatOutputs flat, AnchorGrid grid, IReadOnlyList<ImageTargets> targets)
    {
        var candidates = AnchorRows.Candidates(grid, targets);
        if (candidates.Count == 0) return [.. targets.Select(_ => Array.Empty<float>())];
        using var noGrad = new NoGrad();
        using var scope = new TensorScope();
        var device = flat.ClassLogits.Device;
        var rows = flat.Rows(candidates.IndexTensor(device));
        var scores = AnchorRows.OneHot(candidates.OwnClassIndices(head.ClassCount), candidates.Count, head.ClassCount, device);
        var classification = FocalLoss.Elementwise(rows.ClassLogits, scores, head.ClassificationLoss).Sum(1) * head.ClassificationLoss.Weight;
        var decoded = DeltaDecoder.Decode(candidates.AnchorTensor(device), rows.BoxDeltas);
        var box = BoxLoss.Giou(decoded, candidates.BoxTensor(device)) * head.BoxLoss.Weight;
        var losses = (classification + box).ToArray<float>().AsSpan();
        var images = new float[targets.Count][];
        for (var i = 0; i < images.Length; i++)
        {
            images[i] = losses[..targets[i].Candidates.Anchors.Length].ToArray();
            losses = losses[images[i].Length..];
        }
        return images;
    }
}
