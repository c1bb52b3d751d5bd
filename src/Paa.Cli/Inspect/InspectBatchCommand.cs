using System.CommandLine;
using System.Globalization;
using Paa.Cli.Shared;
using Paa.Options;
using Paa.Training;

namespace Paa.Cli.Inspect;

/// <summary><c>paa inspect batch</c>: finds how many images of a training step fit into memory.</summary>
static class InspectBatchCommand
{
    const double Gigabyte = 1 << 30;
    const double UsableShare = 0.9;         // of the memory: data loading and the system need the rest

    public static Command Create(Shell shell)
    {
        var file = new Argument<string>("CONFIG") { Description = ConfigArgument.Description };
        var memory = new Option<double?>("--memory")
        {
            Description = "Memory that training may take; else 90 % of this machine's. On CUDA it must be given.",
            HelpName = "GB",
            CustomParser = result => CommonOptions.Number(result),
        };
        var largest = new Option<int>("--max")
        {
            Description = "Try no more images than these.",
            HelpName = "N",
            DefaultValueFactory = _ => 64,
        };
        var (device, threads, set) = (CommonOptions.Device(), CommonOptions.Threads(), CommonOptions.Set());
        var command = new PaaCommand("batch", "How many images of a training step fit into memory.",
            "Runs training steps of 1, 2, 4, ... images of the largest size of the configuration, with random weights and "
            + "no data.",
            "paa inspect batch configs/paa/paa_r50_fpn_1x_coco.yaml",
            "paa inspect batch configs/paa/paa_r50_fpn_1x_coco.yaml --memory 8 --set model.backbone.with_cp=true")
        {
            file, memory, largest, device, threads, set,
        };
        command.SetAction(arguments =>
        {
            var config = ConfigArgument.Load(shell, arguments.GetRequiredValue(file), arguments.GetRequiredValue(set)).Config;
            config = config with
            {
                Device = Compute.ParseDevice(arguments.GetValue(device) ?? config.Device).ToString(),
                ThreadCount = arguments.GetValue(threads) ?? config.ThreadCount,
            };
            var most = CommonOptions.AtLeast(1, "--max", arguments.GetValue(largest));
            Write(shell.Output, config, Limit(arguments.GetValue(memory), config), most);
            return ExitCode.Success;
        });
        return command;
    }

    static long Limit(double? gigabytes, PaaConfig config) => gigabytes switch
    {
        > 0 => (long)(gigabytes.Value * Gigabyte),
        { } wrong => throw new UsageException(
            string.Create(CultureInfo.InvariantCulture, $"--memory: expected gigabytes above 0, got {wrong}.")),
        null when config.Device != "cpu" => throw new UsageException($"--memory: needed with --device {config.Device}."),
        null => (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * UsableShare),
    };

    static void Write(TextWriter output, PaaConfig config, long limit, int largest)
    {
        var size = BatchSizeFinder.LargestSize(config.Data);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"images of {size.Height}x{size.Width}, limit {limit / Gigabyte:F1} GB"));
        output.WriteLine("images  peak, GB    s/step     s/image");
        var trials = new List<BatchSizeTrial>();
        foreach (var trial in BatchSizeFinder.Try(config, limit, largest))
        {
            trials.Add(trial);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{trial.BatchSize,6}  {trial.PeakBytes / Gigabyte,8:F2}  {trial.Time.TotalSeconds,8:F2}  "
                + $"{trial.Time.TotalSeconds / trial.BatchSize,10:F2}"));
        }
        output.WriteLine(Advice(config, BatchSizeFinder.Largest(trials, limit)));
    }

    static string Advice(PaaConfig config, int most)
    {
        if (most == 0)
            return "Not even one image fits. Set model.backbone.with_cp=true, or a smaller data.train.img_scale.";
        var wanted = config.LearningRateScaling.BaseBatchSize;
        var fits = $"Up to {most} images fit: --set data.samples_per_gpu={Math.Min(most, wanted)}";
        var updates = (wanted + most - 1) / most;
        return updates <= 1
            ? $"{fits}."
            : $"{fits} optimizer_config.cumulative_iters={updates} gives about the {wanted} images that the learning rate "
                + "was chosen for.";
    }
}
