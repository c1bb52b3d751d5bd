using System.CommandLine;
using System.Globalization;
using Paa.Cli.Shared;
using Paa.Data;
using Paa.Imaging;
using Paa.Inference;
using Paa.Options;
using Paa.Platform;

namespace Paa.Cli.Data;

/// <summary><c>paa data browse</c>: draws the images and boxes that training sees.</summary>
static class DataBrowseCommand
{
    public static Command Create(Shell shell)
    {
        var config = new Argument<string>("CONFIG") { Description = ConfigArgument.Description };
        var output = new Option<string>("--out") { Description = "Folder for the pictures.", HelpName = "DIR", Required = true };
        var split = CommonOptions.Split("train");
        var count = new Option<int>("--count") { Description = "Pictures.", HelpName = "N", DefaultValueFactory = _ => 16 };
        var epoch = new Option<int>("--epoch") { Description = "Epoch from 0 on: order and augmentation.", HelpName = "N" };
        var set = CommonOptions.Set();
        var command = new PaaCommand("browse", "Draws the images of a data set as training sees them, with their boxes.",
            "The pictures are those of the pipeline - mosaic, colours, crops, resize, flip - with the normalisation undone.",
            "paa data browse configs/bccd/paa_r18_bccd.yaml --out browsed",
            "paa data browse configs/bccd/paa_r18_bccd.yaml --out browsed --set 'data.train.photo_metric_distortion={}'")
        {
            config, output, split, count, epoch, set,
        };
        command.SetAction(arguments =>
        {
            var wanted = arguments.GetValue(count);
            if (wanted < 1) throw new UsageException($"--count: expected 1 or more, got {wanted}.");
            if (arguments.GetValue(epoch) < 0) throw new UsageException("--epoch: expected 0 or more.");
            var run = ConfigArgument.Load(
                shell, arguments.GetRequiredValue(config), arguments.GetRequiredValue(set), ConfigUse.Training).Config;
            var folder = arguments.GetRequiredValue(output);
            var chosen = Choose(run, arguments.GetRequiredValue(split));
            OutputFile.CheckFolder("--out", folder);
            OutputFile.RefuseInput("--out", folder, chosen.Data.Train.ImageFolders);
            var drawn = Draw(shell, chosen, folder, wanted, arguments.GetValue(epoch));
            shell.Output.WriteLine($"{folder}: {drawn} pictures");
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Puts another split in place of the training set.</summary>
    static PaaConfig Choose(PaaConfig config, string split)
    {
        var set = CommonOptions.Choose(config.Data, split);
        if (set.AnnotationFiles.Length == 0) throw new UsageException($"data.{split}.ann_file is empty.");
        return config with { Data = config.Data with { Train = set } };
    }

    static int Draw(Shell shell, PaaConfig config, string folder, int count, int epoch)
    {
        var dataset = CocoDataset.Load(config.Data.Train, config.Data.Classes);
        var painter = new DetectionPainter([.. dataset.Classes, "crowd"]);
        var drawn = 0;
        foreach (var batch in BatchLoader.ForTraining(dataset, config).Epoch(epoch, cancellation: shell.Stop))
            using (batch)
                for (var i = 0; i < batch.Images.Count; i++)
                {
                    var sample = batch.Images[i];
                    using var picture = InputPicture.Restore(batch, i, config.Data.Normalization);
                    var (boxes, labels, crowds) = sample.Targets;
                    painter.Draw(picture, [.. boxes, .. crowds], [.. labels, .. crowds.Select(_ => dataset.Classes.Count)]);
                    Save(picture, folder, ++drawn, sample.File);
                    if (drawn == count) return drawn;
                }
        return drawn;
    }

    static void Save(Image picture, string folder, int number, string source)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{number:0000}_{Path.GetFileNameWithoutExtension(source)}.jpg");
        var file = picture.Encode(".jpg");
        AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(file));
    }
}
