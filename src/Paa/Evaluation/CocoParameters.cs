using System.Globalization;
using Paa.Options;

namespace Paa.Evaluation;

/// <summary>The constants of COCO's box metrics, as <c>pycocotools/cocoeval.py</c> computes them.</summary>
public static class CocoParameters
{
    /// <summary>IoU thresholds T: 0.5 to 0.95, in NumPy's rounding (index 8 is 0.8999999999999999).</summary>
    public static double[] IouThresholds { get; } = LinearSpace(0.5, 0.95, 10);

    /// <summary>Recall points R at which precision is sampled: k * 0.01 in double precision.</summary>
    public static double[] RecallPoints { get; } = LinearSpace(0, 1, 101);

    /// <summary>Limits M on the number of detections per image and category, by default.</summary>
    public static int[] MaxDetections { get; } = [1, 10, 100];

    /// <summary>The limits of MMDetection, here used where an image may have more than 100 detections.</summary>
    public static int[] ManyDetections { get; } = [100, 300, 1000];

    /// <summary>Number of detections at which AP is taken, if it is one of the limits.</summary>
    internal const int UsualLimit = 100;

    /// <summary>The limits of a run.</summary>
    /// <param name="config">Names them, or the number of detections that an image may have.</param>
    public static int[] Limits(PaaConfig config) => config.Evaluation.DetectionLimits
        ?? (config.Model.PostProcessing.MaxDetections is > 0 and <= UsualLimit ? MaxDetections : ManyDetections);

    /// <summary>Area ranges A in square pixels, both ends inclusive: all, small, medium, large.</summary>
    public static (string Name, double Low, double High)[] Areas { get; } =
        [("all", 0, 1e10), ("small", 0, 1024), ("medium", 1024, 9216), ("large", 9216, 1e10)];

    /// <summary>The twelve figures in the order of pycocotools; recall is named by its limit, AR100.</summary>
    /// <param name="limits">Three limits, ascending.</param>
    public static string[] StatNames(IReadOnlyList<int> limits) =>
    [
        "AP", "AP50", "AP75", "APs", "APm", "APl",
        .. limits.Select(limit => string.Create(CultureInfo.InvariantCulture, $"AR{limit}")), "ARs", "ARm", "ARl",
    ];

    /// <summary>NumPy's <c>linspace</c>: start plus multiples of the step, with the last value set exactly.</summary>
    static double[] LinearSpace(double first, double last, int count)
    {
        var step = (last - first) / (count - 1);
        return [.. Enumerable.Range(0, count).Select(i => i == count - 1 ? last : first + i * step)];
    }
}
