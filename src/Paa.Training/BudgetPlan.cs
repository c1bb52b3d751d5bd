using System.Globalization;
using Paa.Configuration;
using Paa.Options;

namespace Paa.Training;

/// <summary>What the parts of a run cost, in seconds; of several processes the slowest counts.</summary>
/// <param name="Step">An iteration, waiting for its images included; the mean over their sizes.</param>
/// <param name="Epoch">What an epoch adds: its first images are waited for.</param>
/// <param name="Evaluation">An evaluation of all images; 0 without any.</param>
/// <param name="Checkpoint">Writing a checkpoint.</param>
/// <param name="Start">The time that has gone when training begins.</param>
readonly record struct RunCosts(double Step, double Epoch, double Evaluation, double Checkpoint, double Start);

/// <summary>The schedule that a budget of time allows: the part of a configuration that decides on the course of a run.</summary>
/// <remarks>
/// Plans are made before the first iteration and then stand, so that a run that is interrupted goes on as it would have. Times
/// given in epochs (falls of the rate, the begin of a cosine or of an average) move in proportion to the length of the run.
/// </remarks>
sealed record BudgetPlan
{
    /// <summary>The share of the budget that is planned; the rest is for what was not foreseen.</summary>
    const double PlannedShare = 0.97;

    /// <summary>The share of the budget that evaluations may take, unless the one at the end takes more.</summary>
    const double EvaluationShare = 0.1;

    /// <summary>The share of the budget that checkpoints may take, unless the one at the end takes more.</summary>
    const double CheckpointShare = 0.03;

    /// <summary>Epochs with a checkpoint, if there are many: a crash costs a tenth of the run.</summary>
    const int MostCheckpoints = 10;

    /// <summary>Seconds of an epoch from which on checkpoints are also written inside it.</summary>
    const double LongEpoch = 600;

    /// <summary>The share of the iterations in which the rate may warm up.</summary>
    const double WarmupShare = 0.1;

    /// <summary>A last epoch that is cut short is left out if it has at most this share of the iterations.</summary>
    const double RemnantShare = 0.02;

    /// <summary>Fewer iterations are no training.</summary>
    const int LeastIterations = 5;

    public required DurationOptions Duration { get; init; }

    public required LearningRateOptions LearningRate { get; init; }

    public required EvaluationOptions Evaluation { get; init; }

    public required CheckpointOptions Checkpoints { get; init; }

    public required WeightAverageOptions? Average { get; init; }

    /// <summary>Lays the schedule.</summary>
    /// <param name="config">The run, with a budget. Its intervals and its warm-up are only ever lengthened and shortened.</param>
    /// <param name="batchesPerEpoch">Iterations of an epoch.</param>
    /// <param name="costs">What its parts cost.</param>
    /// <exception cref="TrainingException">The budget is too short for a few iterations.</exception>
    public static BudgetPlan Make(PaaConfig config, int batchesPerEpoch, RunCosts costs)
    {
        var left = PlannedShare * config.Duration.Budget!.Value.TotalSeconds - costs.Start;
        var most = Math.Floor(int.MaxValue / (double)batchesPerEpoch);
        var epochs = (long)Math.Clamp(Math.Ceiling(left / costs.Step / batchesPerEpoch), 1, most);
        while (epochs > 1 && Possible(epochs * batchesPerEpoch) <= (epochs - 1) * batchesPerEpoch) epochs--;
        var iterations = Math.Min(epochs * batchesPerEpoch, Possible(epochs * batchesPerEpoch));
        while (iterations > 0 && Possible(iterations) < iterations) iterations = Possible(iterations);
        if (iterations < LeastIterations) throw TooShort(config, costs, left - Around(LeastIterations));

        iterations = Math.Min(iterations, config.Duration.MaxIterations ?? long.MaxValue);
        var remnant = iterations % batchesPerEpoch;
        var whole = iterations - remnant;
        var isCut = remnant > RemnantShare * iterations || Possible(whole) < whole;
        return Of(config, batchesPerEpoch, isCut ? iterations : whole, costs);

        // The iterations for which there is time beside the epochs, evaluations and checkpoints of a run of some length.
        long Possible(long length) => (long)Math.Floor((left - Around(length)) / costs.Step);

        double Around(long length)
        {
            var plan = Of(config, batchesPerEpoch, length, costs).ApplyTo(config);
            var schedule = new RunSchedule(plan, batchesPerEpoch, costs.Evaluation > 0, imagesPerUpdate: 1);
            var (evaluations, checkpoints) = schedule.Events(epochs: 0);
            return schedule.Epochs * costs.Epoch + evaluations * costs.Evaluation + checkpoints * costs.Checkpoint;
        }
    }

    /// <summary>The plan in the configuration of a run that has one; null without.</summary>
    public static BudgetPlan? In(PaaConfig config) => !config.Duration.IsPlanned ? null : new BudgetPlan
    {
        Duration = config.Duration,
        LearningRate = config.LearningRate,
        Evaluation = config.Evaluation,
        Checkpoints = config.Checkpoints,
        Average = config.WeightAverage,
    };

    /// <summary>Whether a key, such as <c>runner.max_epochs</c>, is one that a plan decides on.</summary>
    public static bool Decides(string key) => key is "runner.max_epochs" or "runner.max_iters" or "evaluation.interval"
        or "checkpoint_config.interval" or "checkpoint_config.iter_interval" or "lr_config.warmup_iters"
        or "lr_config.warmup_by_epoch" or "lr_config.step" or "lr_config.begin" or "ema.begin_iter" or "ema.begin_epoch";

    /// <summary>The configuration of a run that follows the plan; its own <c>max_iters</c>, if there are, still end it
    /// earlier.</summary>
    /// <param name="config">The run.</param>
    public PaaConfig ApplyTo(PaaConfig config) => config with
    {
        Duration = Duration with
        {
            MaxIterations = config.Duration.MaxIterations is { } most ? Math.Min(most, Duration.MaxIterations ?? most)
                : Duration.MaxIterations,
        },
        LearningRate = config.LearningRate with
        {
            WarmupIterations = LearningRate.WarmupIterations,
            IsWarmupByEpoch = LearningRate.IsWarmupByEpoch,
            DecayEpochs = LearningRate.DecayEpochs,
            FirstCosineEpoch = LearningRate.FirstCosineEpoch,
        },
        Evaluation = config.Evaluation with { EpochInterval = Evaluation.EpochInterval },
        Checkpoints = config.Checkpoints with
        {
            EpochInterval = Checkpoints.EpochInterval,
            IterationInterval = Checkpoints.IterationInterval,
        },
        WeightAverage = config.WeightAverage is not { } average || Average is null ? config.WeightAverage
            : average with { FirstIteration = Average.FirstIteration, FirstEpoch = Average.FirstEpoch },
    };

    /// <summary>The same plan for another number of images an iteration: it ends after as many images.</summary>
    /// <param name="before">Images per iteration, summed over all processes, when it was made.</param>
    /// <param name="now">Images per iteration now.</param>
    public BudgetPlan ForBatch(long before, long now) => before == now || Duration.MaxIterations is not { } iterations ? this
        : this with { Duration = Duration with { MaxIterations = (int)Math.Max(1, iterations * before / now) } };

    /// <summary>A message about a run that goes on with its plan.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="iterations">Iterations of the whole run.</param>
    public string ResumeNotice(string source, long iterations) => string.Create(CultureInfo.InvariantCulture,
        $"{source} has a schedule for a budget of {DurationText.Of(Duration.Budget!.Value)}, which stays: {iterations:N0} "
        + $"iterations; only runner.max_iters can end it earlier.");

    /// <summary>The plan in one sentence.</summary>
    /// <param name="config">The run that follows it.</param>
    /// <param name="batchesPerEpoch">Iterations of an epoch.</param>
    /// <param name="costs">What it was made from.</param>
    public static string Notice(PaaConfig config, int batchesPerEpoch, RunCosts costs)
    {
        var schedule = new RunSchedule(config, batchesPerEpoch, costs.Evaluation > 0, imagesPerUpdate: 1);
        var (evaluations, _) = schedule.Events(epochs: 0);
        var every = config.Evaluation.EpochInterval;
        var evaluation = costs.Evaluation > 0 ? $", an evaluation {Seconds(costs.Evaluation)}" : "";
        var interval = evaluations switch
        {
            0 => "",
            1 => ", evaluated at the end",
            _ => every == 1 ? ", each evaluated" : $", evaluated every {every} epochs",
        };
        var epochs = schedule.TotalIterations < batchesPerEpoch ? "less than one epoch"
            : $"{schedule.Epochs.ToString("N0", CultureInfo.InvariantCulture)} epoch{(schedule.Epochs == 1 ? "" : "s")}";
        return string.Create(CultureInfo.InvariantCulture,
            $"budget {DurationText.Of(config.Duration.Budget!.Value)}: a step takes {Seconds(costs.Step)}{evaluation}: "
            + $"{schedule.TotalIterations:N0} iterations ({epochs}){interval}");
    }

    static BudgetPlan Of(PaaConfig config, int batchesPerEpoch, long iterations, RunCosts costs)
    {
        var budget = config.Duration.Budget!.Value.TotalSeconds;
        var epochs = (int)((iterations + batchesPerEpoch - 1) / batchesPerEpoch);
        var length = iterations / (double)batchesPerEpoch / config.Duration.MaxEpochs;       // relative to the configuration's
        var mostEvaluations = Most(EvaluationShare * budget / costs.Evaluation);
        var mostCheckpoints = Math.Min(Most(CheckpointShare * budget / costs.Checkpoint), MostCheckpoints);
        var evaluation = config.Evaluation.EpochInterval == 0 || costs.Evaluation <= 0 ? config.Evaluation.EpochInterval
            : Math.Max(config.Evaluation.EpochInterval, DivideUp(epochs, mostEvaluations));
        var checkpoint = Math.Max(config.Checkpoints.EpochInterval, DivideUp(epochs, mostCheckpoints));
        if (evaluation > 0) checkpoint = Math.Min(DivideUp(checkpoint, evaluation) * evaluation, Math.Max(checkpoint, epochs));
        var hasLongEpochs = epochs <= MostCheckpoints / 2 && budget / epochs >= LongEpoch;
        var rate = config.LearningRate;
        var warmup = (long)rate.WarmupIterations * (rate.IsWarmupByEpoch ? batchesPerEpoch : 1);
        return new BudgetPlan
        {
            Duration = config.Duration with
            {
                MaxEpochs = epochs,
                MaxIterations = iterations % batchesPerEpoch == 0 ? null : (int)iterations,
                IsPlanned = true,
            },
            LearningRate = rate with
            {
                WarmupIterations = (int)Math.Min(warmup, (long)Math.Ceiling(WarmupShare * iterations)),
                IsWarmupByEpoch = false,
                DecayEpochs = [.. rate.DecayEpochs.Select(epoch => Math.Max(1, Scaled(epoch))).Distinct()],
                FirstCosineEpoch = Math.Min(Scaled(rate.FirstCosineEpoch), epochs - 1),
            },
            Evaluation = config.Evaluation with { EpochInterval = evaluation },
            Checkpoints = config.Checkpoints with
            {
                EpochInterval = checkpoint,
                IterationInterval = config.Checkpoints.IterationInterval == 0 && !hasLongEpochs ? 0
                    : Math.Max(config.Checkpoints.IterationInterval, DivideUp((int)iterations, mostCheckpoints)),
            },
            Average = config.WeightAverage is { } average
                ? average with { FirstIteration = Scaled(average.FirstIteration), FirstEpoch = Scaled(average.FirstEpoch) }
                : null,
        };

        int Scaled(int time) => (int)Math.Min(Math.Round(time * length), int.MaxValue);

        static int Most(double count) => (int)Math.Clamp(count, 1, int.MaxValue);

        static int DivideUp(int count, int parts) => (count - 1) / parts + 1;
    }

    static TrainingException TooShort(PaaConfig config, RunCosts costs, double left)
    {
        var missing = LeastIterations * costs.Step - left;
        var wanted = Math.Ceiling(1.05 * (config.Duration.Budget!.Value.TotalSeconds + missing) / PlannedShare);
        return new TrainingException(string.Create(CultureInfo.InvariantCulture,
            $"runner.budget is {DurationText.Of(config.Duration.Budget.Value)}: reading the data and timing took "
            + $"{Seconds(costs.Start)}, an evaluation takes {Seconds(costs.Evaluation)}, "
            + $"a checkpoint {Seconds(costs.Checkpoint)} and an iteration {Seconds(costs.Step)}, "
            + $"so that not even {LeastIterations} iterations fit; "
            + $"give it {DurationText.Of(TimeSpan.FromSeconds(wanted))} or more."));
    }

    static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture,
        $"{seconds.ToString(seconds < 1 ? "0.##" : seconds < 10 ? "0.#" : "0", CultureInfo.InvariantCulture)} s");
}
