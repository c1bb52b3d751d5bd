using Paa.Options;

namespace Paa.Data;

/// <summary>
/// How often each image occurs in an epoch: MMDetection's <c>ClassBalancedDataset</c> and <c>RepeatDataset</c>.
/// </summary>
/// <remarks>
/// Gupta, Dollar and Girshick, CVPR 2019, section 4.2: a class that occurs in a fraction f of the images has the factor max(1,
/// sqrt(threshold / f)); an image has the largest factor of its classes. MMDetection rounds the factor up. As there, every
/// annotation counts, crowds and degenerate boxes included; unlike there, only annotations of the detector's classes do.
/// </remarks>
static class RepeatFactors
{
    /// <summary>The images of an epoch, each repeated by its factor.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="selected">Images to train on; fractions refer to these.</param>
    /// <param name="options">Number of repetitions and threshold.</param>
    /// <returns>Indices in the order of <paramref name="selected"/>, with repetitions side by side.</returns>
    public static int[] Apply(CocoDataset dataset, IReadOnlyList<int> selected, DatasetOptions options)
    {
        var factors = options.ClassBalanced is { } balance ? OfImages(dataset, selected, balance) : null;
        return [.. selected.SelectMany((image, i) =>
            Enumerable.Repeat(image, options.Repetitions * (int)Math.Ceiling(factors?[i] ?? 1)))];
    }

    /// <summary>The factor of each selected image, at least 1, before rounding.</summary>
    public static double[] OfImages(CocoDataset dataset, IReadOnlyList<int> selected, ClassBalancedOptions options)
    {
        var background = dataset.Classes.Count;
        var classes = selected.Select(image => LabelsOf(dataset, image)).ToArray();
        if (!options.SkipEmptyImages)
            foreach (var labels in classes)
                if (labels.Count == 0) labels.Add(background);

        var counts = new int[background + 1];
        foreach (var labels in classes)
            foreach (var label in labels) counts[label]++;
        var ofClass = Array.ConvertAll(
            counts, count => Math.Max(1.0, Math.Sqrt(options.FrequencyThreshold / ((double)count / selected.Count))));
        return [.. classes.Select(labels => labels.Select(label => ofClass[label]).DefaultIfEmpty(1).Max())];
    }

    static HashSet<int> LabelsOf(CocoDataset dataset, int image)
    {
        var labels = new HashSet<int>();
        foreach (var annotation in dataset.Annotations(image)) labels.Add(annotation.Label);
        return labels;
    }
}
