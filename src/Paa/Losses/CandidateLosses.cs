using Paa.Models;
using Paa.Torch;

namespace Paa.Losses;

/// <summary>The loss of each candidate for its object: focal loss over all classes plus weighted GIoU loss.</summary>
/// <remarks>
/// No graph is needed: these numbers only steer the assignment. On the CPU they are computed where the outputs lie, row by row; on
/// another device by one gather and one copy to the host a batch.
/// </remarks>
sealed class CandidateLosses(PaaHeadOptions head)
{
    readonly HostCandidateLosses _host = new(head);

    /// <summary>Losses of candidates.</summary>
    /// <param name="flat">Head outputs, one row an anchor. Borrowed.</param>
    /// <param name="candidates">Of the whole batch.</param>
    /// <returns>One a candidate.</returns>
    public float[] Compute(FlatOutputs flat, AnchorRows candidates) =>
        candidates.Count == 0 ? []
        : HostCandidateLosses.CanRead(flat) ? _host.Compute(flat, candidates)
        : ComputeOnDevice(flat, candidates);

    /// <summary>The same by libtorch.</summary>
    internal float[] ComputeOnDevice(FlatOutputs flat, AnchorRows candidates)
    {
        using var noGrad = new NoGrad();
        using var scope = new TensorScope();
        var device = flat.ClassLogits.Device;
        var rows = flat.Rows(candidates.IndexTensor(device));
        var targets = AnchorRows.OneHot(candidates.OwnClassIndices(head.NumClasses), candidates.Count, head.NumClasses, device);
        var classification = FocalLoss.Elementwise(rows.ClassLogits, targets, head.LossCls).Sum(1) * head.LossCls.LossWeight;
        var decoded = DeltaDecoder.Decode(candidates.AnchorTensor(device), rows.BoxDeltas);
        var box = BoxLoss.Giou(decoded, candidates.BoxTensor(device)) * head.LossBbox.LossWeight;
        return (classification + box).ToArray<float>();
    }
}
