using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Torch.Optim;

namespace Paa.Training;

/// <summary>The loss scale in a checkpoint: where mmcv keeps it (<c>meta['fp16']['loss_scaler']</c>) and in the fields of PyTorch's
/// <c>GradScaler.state_dict()</c>.</summary>
static class LossScalerGraph
{
    /// <summary>Adds the state to a checkpoint's <c>meta</c>, and what only this project knows to its own part of it.</summary>
    /// <param name="state">Of the run.</param>
    /// <param name="meta">The checkpoint's <c>meta</c>.</param>
    /// <param name="own">What this project adds to it.</param>
    public static void Write(LossScalerState state, PickleDict meta, PaaMeta own)
    {
        var scaler = new PickleDict
        {
            { "scale", (double)state.Scale },
            { "growth_factor", state.GrowthFactor },
            { "backoff_factor", state.BackoffFactor },
            { "growth_interval", (long)state.GrowthInterval },
            { "_growth_tracker", (long)state.GrowthTracker },
        };
        meta["fp16"] = new PickleDict { { "loss_scaler", scaler } };
        own.SkippedUpdates = state.SkippedInARow;
    }

    /// <summary>Finds the state in a checkpoint of this project, of mmcv or of mmengine, which keeps it beside the optimiser's.</summary>
    /// <param name="root">The checkpoint.</param>
    /// <param name="meta">Its <c>meta</c>.</param>
    /// <param name="own">What this project adds to it.</param>
    /// <returns>Null if there is none.</returns>
    public static LossScalerState? Read(PickleDict root, PickleDict meta, PaaMeta own)
    {
        var holder = meta.TryGet<PickleDict>("fp16", out var fp16) ? fp16
            : root.TryGet<PickleDict>("optimizer", out var optimizer) ? optimizer
            : null;
        if (holder is null || !holder.TryGet<PickleDict>("loss_scaler", out var state)) return null;
        if (!state.TryGet<double>("scale", out var scale) || !(scale is > 0 and <= float.MaxValue)) return null;
        var tracker = state.TryGet<long>("_growth_tracker", out var sound) ? sound : 0;
        var skipped = own.SkippedUpdates ?? 0;
        return new LossScalerState((float)scale, (int)Math.Clamp(tracker, 0, int.MaxValue), (int)Math.Clamp(skipped, 0, int.MaxValue));
    }
}
