using Paa.Boxes;
using Paa.Configuration;
using Paa.Data;
using Paa.Models;
using Paa.Options;

namespace Paa.Training.Recipes;

/// <summary>Puts a recipe together, from the network to the schedule.</summary>
/// <param name="survey">The training set.</param>
/// <param name="options">Start, time and machine.</param>
/// <param name="numbers">What is usual.</param>
sealed class RecipeBuilder(DataSurvey survey, RecipeOptions options, RecipeNumbers numbers)
{
    readonly Dictionary<string, string> _reasons = [];

    bool IsGpu => options.Device != "cpu";

    bool IsScratch => options.Start.Weights is null;

    /// <summary>Images that a training without a budget sees, repetitions included.</summary>
    int ImagesSeen => IsScratch ? numbers.ImagesSeen.Scratch
        : options.Start.Detector is not null ? numbers.ImagesSeen.Detector : numbers.ImagesSeen.Backbone;

    public Recipe Build(DatasetOptions train, DatasetOptions val, DatasetOptions test, string[] classes)
    {
        var model = Network(classes.Length);
        var cost = new TrainingCost(model, options, numbers);
        var input = Input(cost);
        model = Anchors(model, input);
        var data = Data(train, val, test, classes, input);
        var config = Schedule(new PaaConfig { Model = model, Data = data, Device = options.Device }, cost, input);
        ConfigValidator.Validate(config);
        return new Recipe(config, _reasons, survey);
    }

    /// <summary>The network, still with the anchors of the start.</summary>
    ModelOptions Network(int classCount)
    {
        var most = survey.MostBoxes;
        var model = options.Start.Detector is { } known ? known.Model with
        {
            Backbone = known.Model.Backbone with { Pretrained = null },
        }
        : NewNetwork();
        const int usual = 100;
        if (most * 1.25 > usual)
        {
            _reasons["model.test_cfg.max_per_img"] = $"An image has up to {most} boxes; {usual} detections would not be enough.";
            model = model with
            {
                PostProcessing = model.PostProcessing with { MaxDetections = (int)Math.Ceiling(most * 1.5 / usual) * usual },
            };
        }
        return model with { Head = model.Head with { ClassCount = classCount } };
    }

    ModelOptions NewNetwork()
    {
        var (channels, depth) = IsGpu ? numbers.LargeHead : numbers.SmallHead;
        BackboneOptions backbone;
        if (IsScratch)
        {
            backbone = new BackboneOptions
            {
                Depth = 18,
                BaseChannels = IsGpu ? 64 : numbers.ScratchChannels,
                FrozenStages = -1,
                NormEval = false,
            };
            _reasons["model.backbone"] = "From scratch: a small network, nothing is frozen, and batch norm learns its "
                + "statistics. A pretrained start is better for a few hundred images: paa new ... --from nuget://resnet18.";
        }
        else
        {
            backbone = options.Start.Backbone! with { FrozenStages = numbers.FrozenStages };
            _reasons["model.backbone"] = $"Trained on ImageNet: edges and textures need not be learnt again, so the stem and "
                + $"{numbers.FrozenStages} of 4 stages stay as they are, and so do the statistics of batch norm.";
        }
        _reasons["model.neck"] = IsGpu
            ? "As published; a GPU has the time for it, and for a larger start: --from torchvision://resnet50, or "
                + "paa_r50_fpn_1x_coco, which was trained on COCO."
            : $"{options.Cores} cores of a CPU: {channels} channels and {depth} convolutions in place of the published 256 and 4 "
                + "take a fraction of the time. --from paa_r50_fpn_1x_coco begins with the large detector, trained on COCO.";
        return new ModelOptions
        {
            Backbone = backbone,
            Neck = new FeaturePyramidOptions { Channels = channels },
            Head = new HeadOptions { TowerChannels = channels, TowerDepth = depth },
        };
    }

    InputSize Input(TrainingCost cost)
    {
        var seen = Math.Max(options.Budget is null ? ImagesSeen : numbers.LeastImagesSeen, survey.Images.Count);
        var time = options.Budget ?? numbers.UsualBudget;
        var input = InputSize.Choose(survey, cost.SecondsPerImage, numbers.TrainingShare * time.TotalSeconds / seen,
            IsGpu ? numbers.GpuSide : numbers.CpuSide, numbers);
        var (imageLong, imageShort) = survey.MedianImage;
        var objects = input.SmallestClass is { } name
            ? $"half of the boxes of '{name}' are"
            : FormattableString.Invariant($"{100 * numbers.SmallShare:0} % of the boxes are");
        _reasons["data.train.img_scale"] = $"Images are {imageLong}x{imageShort}. At {input.LongSide}x{input.ShortSide} "
            + objects + FormattableString.Invariant($" below {input.SmallSide:0} pixels (root of the area)")
            + (input.IsLimitedByTime
                ? $"; {numbers.SmallObjectSide} would be better, but take more time than {Duration(time)} on this machine."
                : ". Twice the side takes four times as long.");
        if (input.SmallSide < numbers.LeastObjectSide)
            _reasons["data.train.img_scale"] += $" Objects below {numbers.LeastObjectSide} pixels are hardly found: cut the "
                + "images into tiles, or take a larger input and more time.";
        if (numbers.ScaleJitter.Most > 1)
            _reasons["data.train.img_scale"] += " Training images vary around it.";
        return input;
    }

    ModelOptions Anchors(ModelOptions model, InputSize input)
    {
        var scale = new ImageScale(input.LongSide, input.ShortSide);
        var threshold = model.Assignment.Matcher.PositiveIouThreshold;
        var anchors = options.Start.Detector is null
            ? AnchorChoice.Choose(survey, scale, threshold, numbers)
            : AnchorChoice.Measure(survey, scale, model.Head.Anchors.Scale, model.Neck.LevelCount, threshold);
        var factors = survey.Images.SelectMany(image => image.Boxes.Select(image.RelativeSide)).ToList();
        var (least, most) = (Statistics.Quantile(factors, 0.02), Statistics.Quantile(factors, 0.98));
        var sides = string.Join(", ", anchors.Sides.Select(side => FormattableString.Invariant($"{side:0.#}")));
        _reasons["model.bbox_head.anchor_generator"] = string.Concat(
            FormattableString.Invariant($"Boxes are {least * input.LongSide:0} to {most * input.LongSide:0} pixels wide there "),
            FormattableString.Invariant($"(2 % and 98 %), anchors {sides}. A box overlaps its best anchor with an IoU of "),
            FormattableString.Invariant($"{anchors.MeanIou:0.00} in the mean; {100 * anchors.UncoveredShare:0.#} % of them "),
            FormattableString.Invariant($"have none above {threshold:0.0#}."));
        if (options.Start.Detector is not null) return model;
        return model with
        {
            Neck = model.Neck with { LevelCount = anchors.LevelCount },
            Head = model.Head with { Anchors = new AnchorOptions { Scale = anchors.Scale, Strides = anchors.Strides } },
        };
    }

    DataOptions Data(DatasetOptions train, DatasetOptions val, DatasetOptions test, string[] classes, InputSize input)
    {
        int[][] scale = [[input.LongSide, input.ShortSide]];
        var (least, most) = numbers.ScaleJitter;
        train = train with
        {
            Scales = scale,
            RatioRange = most > 1 ? [least, most] : null,
            FlipProbability = [numbers.Flip],
            SkipEmptyImages = true,
            ColorDistortion = numbers.Colors ? new ColorDistortionOptions() : null,
            MinIouRandomCrop = numbers.Crop ? new MinIouRandomCropOptions() : null,
            Mosaic = numbers.Mosaic > 0
                ? new MosaicOptions { ImageSize = [input.ShortSide, input.LongSide], Probability = numbers.Mosaic } : null,
        };
        if (SidedNames(classes) is { } sided)
        {
            train = train with { FlipProbability = [0] };
            _reasons["data.train.flip_ratio"] =
                $"Mirrored images would teach the wrong class: '{sided}'. If that is not so, set this to 0.5.";
        }
        else
        {
            _reasons["data.train.flip_ratio"] = "Mirrored left to right, every second image. Where no side is up (microscopes, "
                + "pictures from above), add vertical_flip_ratio: 0.5.";
        }
        train = Balanced(WithBackground(train));
        var batch = Math.Max(1, Math.Min(IsGpu ? numbers.BatchSize.Gpu : numbers.BatchSize.Cpu, survey.Images.Count));
        _reasons["data.samples_per_gpu"] = $"Small batches give more updates from {survey.Images.Count} images.";
        _reasons["data.classes"] = "The classes in the order of their labels.";
        var known = options.Start.Detector?.Data;
        return new DataOptions
        {
            BatchSize = batch,
            Classes = classes,
            Normalization = known?.Normalization ?? new NormalizationOptions(),
            Train = train,
            Val = val with { Scales = scale },
            Test = test with { Scales = scale },
        };
    }

    /// <summary>Takes images without objects as background, if that is what they are.</summary>
    DatasetOptions WithBackground(DatasetOptions train)
    {
        var (empty, background) = (survey.EmptyCount, survey.BackgroundCount);
        if (empty == 0) return train;
        const double nearlyAll = 0.9;                   // the rest are images of crowds, or of broken boxes only
        var isClear = background >= nearlyAll * empty && background <= numbers.MostBackground * survey.Images.Count;
        _reasons["data.train.filter_empty_gt"] = isClear
            ? $"{empty} images have no box; they teach what is background. True leaves them out."
            : $"{empty} of {survey.Images.Count} images have no box that can be trained on and are left out: if they "
                + "are whole, and show no object, set this to false, and they teach what is background.";
        return train with { SkipEmptyImages = !isClear };
    }

    /// <summary>Repeats images of rare classes, if there are any.</summary>
    DatasetOptions Balanced(DatasetOptions train)
    {
        var count = survey.Images.Count;
        if (count < numbers.BalancedFrom) return train;
        var rare = survey.Classes.Where(one => one.Images > 0 && one.Images < numbers.RareShare * count).ToList();
        if (rare.Count == 0) return train;
        var rarest = rare.MinBy(one => one.Images)!;
        var times = (int)Math.Ceiling(Math.Sqrt(numbers.RareShare * count / rarest.Images));
        _reasons["data.train.class_balanced"] = $"{rare.Count} of {survey.Classes.Count} classes are on less than "
            + FormattableString.Invariant($"{100 * numbers.RareShare:0} % of the images: those with '{rarest.Name}' ")
            + $"({rarest.Images}) come {times} times in an epoch.";
        return train with
        {
            ClassBalanced = new ClassBalancedOptions { FrequencyThreshold = numbers.RareShare, SkipEmptyImages = true },
        };
    }

    PaaConfig Schedule(PaaConfig config, TrainingCost cost, InputSize input)
    {
        var start = options.Start;
        var rates = numbers.LearningRate;
        var rate = IsScratch ? rates.Scratch : start.Detector is not null ? rates.Detector : rates.Backbone;
        var images = survey.Images.Count;
        var epochs = Math.Clamp((int)Math.Ceiling((double)ImagesSeen / images), numbers.Epochs.Least, numbers.Epochs.Most);
        var perEpoch = (images + config.Data.BatchSize - 1) / config.Data.BatchSize;
        var seconds = cost.SecondsPerImage(new ImageSize(input.ShortSide, input.LongSide)) * images * epochs;
        _reasons["optimizer"] = IsScratch ? "From random weights the rate may be high."
            : start.Detector is not null ? "The detector knows how to detect; a low rate keeps that."
            : "The usual rate for a pretrained backbone.";
        if (options.Budget is { } budget)
            _reasons["runner"] = $"The steps are timed at the start, and the schedule is laid so that the training ends in time, "
                + "evaluations included: the number of passes, their intervals and the warm-up follow. Roughly "
                + FormattableString.Invariant($"{Math.Max(1, numbers.TrainingShare * budget.TotalSeconds * epochs / seconds):0} ")
                + $"passes over {images} images on this machine.";
        else
            _reasons["runner"] = $"{epochs} passes over {images} images: {epochs * perEpoch} iterations, roughly "
                + $"{Duration(TimeSpan.FromSeconds(seconds))} on this machine. In a given time: paa train ... --budget 15m.";
        _reasons["lr_config"] = "The rate falls along half a cosine; the last epochs, with a small one, bring much of the AP.";
        if (numbers.AverageMomentum > 0)
            _reasons["ema"] =
                "Evaluations and checkpoints have a moving average of the weights, which is better than the last weights.";
        if (options.Budget is null) _reasons["evaluation"] = "best.pth is the best of these evaluations.";
        var isTuned = !IsScratch && start.Detector is null && Math.Abs(numbers.BackboneRateFactor - 1) > 1e-9;
        var interval = options.Budget is null ? Math.Max(1, epochs / numbers.Evaluations) : 1;     // a budget plans its own
        if (start.Detector is not null)
            _reasons["load_from"] = "Begins with this detector. What fits is taken; classes of the same name keep their weights.";
        return config with
        {
            LoadFrom = start.Detector is null ? null : start.Weights,
            Optimizer = new OptimizerOptions
            {
                Kind = OptimizerKind.AdamW,
                LearningRate = rate,
                WeightDecay = numbers.WeightDecay,
                Parameterwise = isTuned ? new ParameterwiseOptions
                {
                    CustomKeys = new Dictionary<string, ParameterFactors>
                    {
                        ["backbone"] = new() { Rate = numbers.BackboneRateFactor },
                    },
                }
                : null,
            },
            LearningRateScaling = new LearningRateScalingOptions { BaseBatchSize = config.Data.BatchSize },
            Gradients = new GradientOptions { Clipping = new GradientClippingOptions { MaxNorm = numbers.GradientNorm } },
            LearningRate = new LearningRateOptions
            {
                Policy = LearningRatePolicy.Cosine,
                WarmupIterations = Math.Min(numbers.WarmupIterations, epochs * perEpoch / 10),
                FinalRatio = numbers.FinalRate,
            },
            WeightAverage = numbers.AverageMomentum > 0
                ? new WeightAverageOptions { Kind = WeightAverageKind.EmaHook, Momentum = numbers.AverageMomentum } : null,
            Duration = options.Budget is { } time
                ? new DurationOptions { Budget = time } : new DurationOptions { MaxEpochs = epochs },
            Checkpoints = new CheckpointOptions { EpochInterval = interval, MaxKept = 2 },
            Evaluation = new EvaluationOptions { EpochInterval = interval },
            Log = new LogOptions { Interval = 10 },
        };
    }

    /// <summary>A class whose mirror image is another class or none: a side, a letter, a digit; null if there is none.</summary>
    static string? SidedNames(string[] classes)
    {
        if (Array.Find(classes, name => Words(name).Contains("left")) is { } left
            && classes.Any(name => Words(name).Contains("right"))) return left;
        string[] signs = [.. classes.Where(name => name.Length == 1 && char.IsLetterOrDigit(name[0]))];
        return signs.Length >= 5 ? signs[0] : null;

        static string[] Words(string name) => name.ToLowerInvariant().Split([' ', '_', '-', '.']);
    }

    static string Duration(TimeSpan time) => time.TotalMinutes < 90
        ? FormattableString.Invariant($"{Math.Max(1, time.TotalMinutes):0} minutes")
        : FormattableString.Invariant($"{time.TotalHours:0.#} hours");
}

/// <summary>Guesses the time of a training step from the work of the network.</summary>
sealed class TrainingCost(ModelOptions model, RecipeOptions options, RecipeNumbers numbers)
{
    const int Divisor = 32;
    readonly PaaDetector _network = new(model);

    /// <summary>Seconds that an image of a size takes.</summary>
    public double SecondsPerImage(ImageSize size)
    {
        var padded = new ImageSize(Padded(size.Height), Padded(size.Width));
        var work = ModelProfile.Measure(_network, padded).Total.MultiplyAdds / 1e9;
        return options.Device != "cpu" ? work * numbers.SecondsPerGigaOnGpu
            : work * numbers.SecondsPerGigaOnTwoCores * 2 / Math.Max(1, options.Cores);

        static int Padded(int side) => (side + Divisor - 1) / Divisor * Divisor;
    }
}
