using Paa.Assignment;
using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Data;
using Paa.Options;
using Paa.Torch;

namespace Paa.Training.Losses;

/// <summary>Computes the losses of a batch's candidates where the head's outputs are stored.</summary>
/// <remarks>
/// In host memory <see cref="CandidateLoss"/> computes them row by row. On another device they take one gather and one copy to
/// the host per batch, the only time that the host waits for the device before the end of a step.
/// </remarks>
/// <param name="head">Number of classes and weights of the losses.</param>
sealed class CandidateLosses(HeadOptions head)
{
    readonly CandidateLoss _host = new(head);

    /// <summary>Whether the host computes the losses if it can read the outputs.</summary>
    public bool IsHostUsed { get; set; } = true;

    /// <summary>Computes the losses of the candidates of a batch.</summary>
    /// <param name="outputs">Head outputs, one row per anchor. Borrowed.</param>
    /// <param name="grid">The anchors.</param>
    /// <param name="samples">One sample per image.</param>
    /// <returns>For each image, one loss per candidate.</returns>
    public float[][] Compute(FlatOutputs outputs, AnchorGrid grid, IReadOnlyList<Sample> samples) =>
        IsHostUsed && CanRead(outputs.ClassLogits) && CanRead(outputs.BoxDeltas)
            ? ComputeOnHost(outputs, grid, samples)
            : ComputeOnDevice(outputs, grid, samples);

    /// <summary>Whether a tensor is in host memory, contiguous, in single precision.</summary>
    internal static bool CanRead(Tensor tensor) =>
        tensor.Device.IsCpu && tensor.Type == ScalarType.Float32 && tensor.IsContiguous;

    float[][] ComputeOnHost(FlatOutputs outputs, AnchorGrid grid, IReadOnlyList<Sample> samples)
    {
        var losses = new float[samples.Count][];
        var (logitCount, deltaCount) = (grid.Count * head.ClassCount, grid.Count * 4);
        for (var i = 0; i < losses.Length; i++)
            losses[i] = _host.Compute(
                outputs.ClassLogits.AsSpan<float>().Slice(i * logitCount, logitCount),
                outputs.BoxDeltas.AsSpan<float>().Slice(i * deltaCount, deltaCount),
                grid, samples[i].Candidates, samples[i].Targets, TorchRuntime.ThreadCount);
        return losses;
    }

    /// <summary>Computes the same losses with libtorch.</summary>
    internal float[][] ComputeOnDevice(FlatOutputs outputs, AnchorGrid grid, IReadOnlyList<Sample> samples)
    {
        var candidates = AnchorRows.Candidates(grid, samples);
        if (candidates.Count == 0) return [.. samples.Select(_ => Array.Empty<float>())];
        using var noGrad = new NoGrad();
        using var scope = new TensorScope();
        var device = outputs.ClassLogits.Device;
        var rows = outputs.Rows(candidates.IndexTensor(device));
        var scores = AnchorRows.OneHot(candidates.OwnClassIndices(head.ClassCount), candidates.Count, head.ClassCount, device);
        var options = head.ClassificationLoss;
        var focal = TensorForms.FocalLoss(rows.ClassLogits, scores, options).Sum(1) * options.Weight;
        var decoded = TensorForms.Decode(candidates.AnchorTensor(device), rows.BoxDeltas);
        var box = TensorForms.GiouLoss(decoded, candidates.BoxTensor(device)) * head.BoxLoss.Weight;
        var losses = (focal + box).ToArray<float>().AsSpan();
        var images = new float[samples.Count][];
        for (var i = 0; i < images.Length; i++)
        {
            images[i] = losses[..samples[i].Candidates.Anchors.Length].ToArray();
            losses = losses[images[i].Length..];
        }
        return images;
    }
}
