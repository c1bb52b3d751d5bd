using Paa.Checkpoints;

namespace Paa.Detectors;

/// <summary>What this project adds to the <c>meta</c> of a checkpoint: the dict under <c>paa</c>.</summary>
/// <remarks>
/// MMDetection's own entries of the meta stay as MMDetection writes them; its resume parses <c>meta['config']</c> as Python, so
/// our YAML stands here. Every property is null where the file has no value of its type.
/// </remarks>
public sealed class PaaMeta
{
    const string Key = "paa";
    const string ConfigKey = "config";
    const string QuantizationKey = "quantization";
    const string BestKey = "best";
    const string BestApKey = "bbox_mAP";
    const string BestEpochKey = "epoch";
    const string EarlyStoppingKey = "early_stopping";
    const string WaitsKey = "wait_count";

    readonly PickleDict _values = [];

    /// <summary>Version of this program.</summary>
    public string? Version { get => Get<string>("version"); init => _values["version"] = value; }

    /// <summary>The merged configuration as YAML.</summary>
    public string? Config { get => Get<string>(ConfigKey); set => _values[ConfigKey] = value; }

    /// <summary>Iterations of the epoch that a run was in.</summary>
    public long? Batch { get => Number("batch"); init => _values["batch"] = value; }

    /// <summary>Iterations of an epoch.</summary>
    public long? BatchesPerEpoch { get => Number("batches_per_epoch"); init => _values["batches_per_epoch"] = value; }

    /// <summary>Images of an iteration, those of all processes together.</summary>
    public long? ImagesPerIteration { get => Number("images_per_iteration"); init => _values["images_per_iteration"] = value; }

    /// <summary>AP (0 to 1) of the best evaluation of a run, and its epoch.</summary>
    public (double Ap, long Epoch)? Best
    {
        get => _values.TryGet<PickleDict>(BestKey, out var best) && best.TryGet<double>(BestApKey, out var ap)
            ? (ap, best.TryGet<long>(BestEpochKey, out var epoch) ? epoch : 0)
            : null;
        init => _values[BestKey] = value is not { } best ? null
            : new PickleDict { { BestApKey, best.Ap }, { BestEpochKey, best.Epoch } };
    }

    /// <summary>The AP (0 to 1) that early stopping waits to be exceeded, and evaluations in a row that did not; null without
    /// early stopping.</summary>
    public (double Best, long Waits)? EarlyStopping
    {
        get => _values.TryGet<PickleDict>(EarlyStoppingKey, out var state) && state.TryGet<double>(BestKey, out var best)
            ? (best, state.TryGet<long>(WaitsKey, out var waits) ? Math.Clamp(waits, 0, int.MaxValue) : 0)
            : null;
        init
        {
            if (value is { } state)
                _values[EarlyStoppingKey] = new PickleDict { { BestKey, state.Best }, { WaitsKey, state.Waits } };
        }
    }

    /// <summary>The time that the run has taken.</summary>
    public TimeSpan? Elapsed
    {
        get => _values.TryGet<double>("seconds", out var seconds) && seconds is >= 0 and < 1e9
            ? TimeSpan.FromSeconds(seconds) : null;
        init => _values["seconds"] = value?.TotalSeconds;
    }

    /// <summary>Iterations in a row whose gradients overflowed in half precision.</summary>
    public long? SkippedUpdates
    {
        get => Number("skipped_updates_in_a_row");
        set => _values["skipped_updates_in_a_row"] = value;
    }

    /// <summary>Steps and corrections of a detector that is quantised to 8 bits.</summary>
    public PickleDict? Quantization { get => Get<PickleDict>(QuantizationKey); set => _values[QuantizationKey] = value; }

    /// <summary>Options with what a conversion must know of detectors: a safetensors file keeps the configuration, ours or
    /// MMDetection's, and cannot hold a quantisation.</summary>
    /// <param name="options">What else is wanted.</param>
    public static ConversionOptions ForDetectors(ConversionOptions options) => options with
    {
        MetaTexts = [.. options.MetaTexts, $"{Key}.{ConfigKey}", .. StoredConfig.MmdetectionKeys],
        ReportedMeta = [.. options.ReportedMeta, $"{Key}.{QuantizationKey}"],
    };

    /// <summary>What a checkpoint has; empty for one of another program.</summary>
    /// <param name="meta">Of the checkpoint. Not changed.</param>
    public static PaaMeta Of(CheckpointMeta meta)
    {
        var result = new PaaMeta();
        if (!meta.Values.TryGet<PickleDict>(Key, out var own)) return result;
        foreach (var (key, value) in own) result._values[key] = value;
        return result;
    }

    /// <summary>Puts everything into the meta of a checkpoint to be written.</summary>
    /// <param name="meta">An earlier <c>paa</c> in it is replaced.</param>
    public void AddTo(PickleDict meta) => meta[Key] = _values;

    T? Get<T>(string key) where T : class => _values.TryGet<T>(key, out var value) ? value : null;

    long? Number(string key) => _values.TryGet<long>(key, out var value) ? value : null;
}
