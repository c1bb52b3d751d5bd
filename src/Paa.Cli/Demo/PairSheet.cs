using System.Globalization;
using Paa.Data;
using Paa.Imaging;
using Paa.Inference;

namespace Paa.Cli.Demo;

/// <summary>A contact sheet of image pairs: annotations on the left, detections on the right.</summary>
static class PairSheet
{
    const int Gap = 4;
    const int Columns = 4;

    /// <summary>Draws the first images of a data set.</summary>
    /// <param name="dataset">Images and annotations.</param>
    /// <param name="detector">Borrowed.</param>
    /// <param name="count">Number of images on the sheet.</param>
    /// <param name="score">Minimum score of a drawn detection.</param>
    /// <returns>The sheet, owned by the caller.</returns>
    public static ContactSheet Draw(CocoDataset dataset, Detector detector, int count, float score)
    {
        count = Math.Min(count, dataset.Images.Count);
        var first = dataset.Images[0];
        var painter = new DetectionPainter(dataset.Classes);
        var looks = new ContactSheetOptions { Columns = Columns, CellWidth = 2 * first.Width + Gap, CellHeight = first.Height };
        var sheet = new ContactSheet(count, looks);
        for (var i = 0; i < count; i++)
        {
            using var truth = Image.Load(dataset.ImagePath(i));
            using var pair = new Image(truth.Height, 2 * truth.Width + Gap);
            using var found = Image.Load(dataset.ImagePath(i));
            var detections = detector.Detect(found).BestFirst(score);
            var targets = dataset.Targets(i);
            painter.Draw(truth, targets.Boxes, targets.Labels);
            painter.Draw(found, detections);
            pair.Paste(truth, 0, 0);
            pair.Paste(found, truth.Width + Gap, 0);
            sheet.Add(pair, string.Create(CultureInfo.InvariantCulture,
                $"{dataset.Images[i].FileName}: {targets.Boxes.Length} annotated, {detections.Length} found above {score:0.0#}"));
        }
        return sheet;
    }
}
