using Paa.Options;

namespace Paa.Configuration;

/// <summary>Checks that the values of a configuration are in range and consistent with each other.</summary>
public static class ConfigValidator
{
    /// <summary>Stride of the pyramid's finest level, P3.</summary>
    internal const int FinestStride = 8;

    /// <summary>Checks a configuration made in code.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <exception cref="ConfigException">
    /// A value is out of range or conflicts with another; the message names the first.
    /// </exception>
    public static void Validate(PaaConfig config, string source = "configuration") =>
        Validate(config, _ => new ConfigLocation(source));

    /// <summary>Checks a configuration that was read from files.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="locate">Returns where the value of a key was written.</param>
    internal static void Validate(PaaConfig config, Func<string, ConfigLocation> locate)
    {
        new ModelChecks(locate).Check(config.Model);
        new DataChecks(locate).Check(config);
        new RunChecks(locate).Check(config);
    }

    /// <summary>Reports values that are allowed but probably a mistake, one sentence each.</summary>
    /// <param name="config">A valid configuration.</param>
    public static IEnumerable<string> Warnings(PaaConfig config)
    {
        var backbone = config.Model.Backbone;
        var startsRandom = backbone.Pretrained is null && config.LoadFrom is null;
        if (startsRandom && backbone.FrozenStages >= 0)
            yield return $"model.backbone.frozen_stages is {backbone.FrozenStages} and nothing is loaded: random weights stay "
                + "frozen; set it to -1 or set model.backbone.pretrained or load_from.";
        if (startsRandom && backbone is { Norm: NormKind.BN, NormEval: true })
            yield return "model.backbone.norm_eval is true and nothing is loaded: batch norm never learns its statistics; "
                + "set it to false, or norm to GN.";
        var strides = config.Model.Head.Anchors.Strides;
        if (strides.Where((stride, level) => stride != FinestStride << level).Any())
            yield return "model.bbox_head.anchor_generator.strides: the pyramid's levels have strides "
                + $"{string.Join(", ", strides.Select((_, level) => FinestStride << level))}; "
                + "anchors with other strides are not centred on the features.";
        var train = config.Data.Train;
        var largest = train.Scales.Max(scale => scale.Max()) * (train.RatioRange?[1] ?? 1);
        if (train.RandomCrop is { CropType: CropType.Absolute } crop && crop.CropSize.Min() >= largest)
            yield return $"data.train.random_crop.crop_size is at least {crop.CropSize.Min()} and no resized image is larger "
                + $"than {(int)largest}: nothing is cropped; set a smaller crop_size, a larger img_scale or a ratio_range.";
    }
}

/// <summary>Checks the options of a training run: optimiser, schedule, checkpoints, device.</summary>
/// <param name="locate">Returns where the value of a key was written.</param>
sealed class RunChecks(Func<string, ConfigLocation> locate) : ConfigChecks(locate)
{
    /// <summary>Below it, timing the steps would take most of the time.</summary>
    static readonly TimeSpan ShortestBudget = TimeSpan.FromSeconds(5);

    /// <exception cref="ConfigException">
    /// A value is out of range or conflicts with another; the message names the first.
    /// </exception>
    public void Check(PaaConfig config)
    {
        CheckGroupNormOnOnePosition(config);
        CheckTraining(config);
    }

    /// <summary>
    /// Group norm with one channel per group sees a single value on a 1x1 level: its variance is 0 and training fails (PyTorch
    /// raises). The long side of an image is at most that of its scale, so a scale that fits one cell is certain to fail.
    /// </summary>
    void CheckGroupNormOnOnePosition(PaaConfig config)
    {
        var head = config.Model.Head;
        if (head.TowerChannels > GroupCount) return;
        var coarsestStride = ConfigValidator.FinestStride << (config.Model.Neck.LevelCount - 1);
        var train = config.Data.Train;
        var smallest = (int)(train.Scales.Min(scale => scale.Max()) * (train.RatioRange?[0] ?? 1));
        if (train.RandomCrop is { CropType: CropType.Absolute } crop) smallest = Math.Min(smallest, (int)crop.CropSize.Max());
        Require(smallest > coarsestStride, "model.bbox_head.feat_channels",
            $"at least {2 * GroupCount} when training images of {smallest} pixels make the level of stride {coarsestStride} 1x1 "
            + "(group norm needs more than one value a group)", head.TowerChannels);
    }

    void CheckTraining(PaaConfig config)
    {
        CheckOptimizer(config.Optimizer);
        if (config.Gradients.Clipping is { } clip) RequirePositive(clip.MaxNorm, "optimizer_config.grad_clip.max_norm");

        RequireAtLeast(1, config.Gradients.AccumulationSteps, "optimizer_config.cumulative_iters");

        CheckLossScale(config.Precision.LossScale);

        var rate = config.LearningRate;
        RequireAtLeast(0, rate.WarmupIterations, "lr_config.warmup_iters");
        Require(rate.WarmupRatio is > 0 and <= 1, "lr_config.warmup_ratio", "above 0, at most 1", rate.WarmupRatio);
        Require(IsPositiveAndAscending(rate.DecayEpochs), "lr_config.step", "positive epochs, ascending", List(rate.DecayEpochs));
        RequirePositive(rate.DecayFactor, "lr_config.gamma");
        RequireFraction(rate.FinalRatio, "lr_config.min_lr_ratio");
        Require(rate.FirstCosineEpoch >= 0 && rate.FirstCosineEpoch < config.Duration.MaxEpochs, "lr_config.begin",
            $"0 or more, below the {config.Duration.MaxEpochs} epochs", rate.FirstCosineEpoch);
        if (config.WeightAverage is { } average) CheckAverage(average);

        RequireAtLeast(1, config.LearningRateScaling.BaseBatchSize, "auto_scale_lr.base_batch_size");
        RequireAtLeast(1, config.Duration.MaxEpochs, "runner.max_epochs");
        if (config.Duration.MaxIterations is { } iterations) RequireAtLeast(1, iterations, "runner.max_iters");
        if (config.Duration.Budget is { } budget)
            Require(budget >= ShortestBudget, "runner.budget", $"{DurationText.Of(ShortestBudget)} or more",
                budget < TimeSpan.Zero ? $"-{DurationText.Of(-budget)}" : DurationText.Of(budget));
        Require(config.Duration is { Budget: not null } or { IsPlanned: false }, "runner.planned", "false without runner.budget",
            "true");
        RequireAtLeast(1, config.Checkpoints.EpochInterval, "checkpoint_config.interval");
        RequireAtLeast(0, config.Checkpoints.IterationInterval, "checkpoint_config.iter_interval");
        RequireCountOrAll(config.Checkpoints.MaxKept, "checkpoint_config.max_keep_ckpts");
        RequireAtLeast(0, config.Evaluation.EpochInterval, "evaluation.interval");
        if (config.Evaluation.DetectionLimits is { } limits)
            Require(limits.Length == 3 && limits.Min() > 0, "evaluation.proposal_nums", "3 positive limits", List(limits));
        if (config.EarlyStopping is { } stopping)
        {
            RequireAtLeast(1, stopping.Patience, "early_stopping.patience");
            RequireAtLeastZero(stopping.MinDelta, "early_stopping.min_delta");
            Require(config.Evaluation.EpochInterval > 0, "evaluation.interval", "1 or more, as early_stopping is set", 0);
        }
        RequireAtLeast(1, config.Log.Interval, "log_config.interval");
        RequireAtLeast(0, config.Seed, "seed");
        Require(config.ThreadCount is >= 0 and <= PaaConfig.MaxThreads, "threads", $"0 (all cores) to {PaaConfig.MaxThreads}",
            config.ThreadCount);
        Require(IsDevice(config.Device), "device", "cpu, cuda or cuda:INDEX", $"'{config.Device}'");
    }

    void CheckOptimizer(OptimizerOptions optimizer)
    {
        RequirePositive(optimizer.LearningRate, "optimizer.lr");
        RequireDecay(optimizer.Momentum, "optimizer.momentum");
        RequireAtLeastZero(optimizer.WeightDecay, "optimizer.weight_decay");
        Require(!optimizer.Nesterov || optimizer is { Kind: OptimizerKind.SGD, Momentum: > 0 }, "optimizer.nesterov",
            "false, or SGD with a momentum above 0", "true");
        Require(optimizer.Betas.Length == 2, "optimizer.betas", "2 values", optimizer.Betas.Length);
        foreach (var beta in optimizer.Betas) RequireDecay(beta, "optimizer.betas");
        if (optimizer.Parameterwise is not { } options) return;

        const string Path = "optimizer.paramwise_cfg";
        RequireAtLeastZero(options.BiasRateFactor, $"{Path}.bias_lr_mult");
        RequireAtLeastZero(options.BiasDecayFactor ?? 0, $"{Path}.bias_decay_mult");
        RequireAtLeastZero(options.NormDecayFactor ?? 0, $"{Path}.norm_decay_mult");
        RequireAtLeastZero(options.DepthwiseDecayFactor, $"{Path}.dwconv_decay_mult");
        RequireAtLeastZero(options.OffsetRateFactor, $"{Path}.dcn_offset_lr_mult");
        RequireAtLeastZero(options.FlatDecayFactor ?? 0, $"{Path}.flat_decay_mult");
        foreach (var (name, factors) in options.CustomKeys)
        {
            RequireAtLeastZero(factors.Rate, $"{Path}.custom_keys.{name}.lr_mult");
            RequireAtLeastZero(factors.Decay, $"{Path}.custom_keys.{name}.decay_mult");
        }
    }

    void CheckAverage(WeightAverageOptions average)
    {
        Require(average.Momentum is > 0 and < 1, "ema.momentum", "a number between 0 and 1", average.Momentum);
        RequireAtLeast(1, average.Gamma ?? 1, "ema.gamma");
        RequireAtLeast(1, average.Interval, "ema.interval");
        RequireAtLeast(0, average.FirstIteration, "ema.begin_iter");
        RequireAtLeast(0, average.FirstEpoch, "ema.begin_epoch");
        Require(average.FirstIteration == 0 || average.FirstEpoch == 0, "ema.begin_epoch", "0, as begin_iter is set",
            average.FirstEpoch);
        Require(average.FirstIteration + average.FirstEpoch == 0 || average.Kind < WeightAverageKind.EmaHook,
            average.FirstEpoch > 0 ? "ema.begin_epoch" : "ema.begin_iter",
            $"0 for the rule {ConfigNames.EnumName(average.Kind)}", average.FirstEpoch + average.FirstIteration);
    }

    void CheckLossScale(LossScaleOptions scale)
    {
        const string Path = "train.loss_scale";
        const double MaxScale = 1L << 32;       // mmcv's start before PyTorch 1.6
        Require(scale.InitialScale is > 0 and <= MaxScale, $"{Path}.init_scale", "a number above 0, at most 4294967296",
            scale.InitialScale);
        Require(scale.GrowthFactor is > 1 and <= 1024, $"{Path}.growth_factor", "a number above 1, at most 1024",
            scale.GrowthFactor);
        Require(scale.BackoffFactor is > 0 and < 1, $"{Path}.backoff_factor", "a number between 0 and 1", scale.BackoffFactor);
        RequireAtLeast(1, scale.GrowthInterval, $"{Path}.growth_interval");
    }

    static bool IsDevice(string name) =>
        name is "cpu" or "cuda" || (name.StartsWith("cuda:", StringComparison.Ordinal) && byte.TryParse(name.AsSpan(5), out _));
}
