using Paa.Options;

namespace Paa.Configuration;

/// <summary>Checks the data sets, augmentation and loader of a configuration.</summary>
/// <param name="locate">Returns where the value of a key was written.</param>
sealed class DataChecks(Func<string, ConfigLocation> locate) : ConfigChecks(locate)
{
    const double RoundingOfSums = 1e-9;

    /// <exception cref="ConfigException">
    /// A value is out of range or conflicts with another; the message names the first.
    /// </exception>
    public void Check(PaaConfig config)
    {
        var data = config.Data;
        RequireAtLeast(1, data.BatchSize, "data.samples_per_gpu");
        RequireAtLeast(0, data.LoaderThreads, "data.workers_per_gpu");
        RequireAtLeast(1, data.SizeDivisor, "data.size_divisor");
        Require(data.Normalization.Mean.Length == 3, "data.img_norm.mean", "3 values (red, green, blue)",
            data.Normalization.Mean.Length);
        Require(data.Normalization.Std.Length == 3, "data.img_norm.std", "3 values (red, green, blue)",
            data.Normalization.Std.Length);
        foreach (var deviation in data.Normalization.Std) RequirePositive(deviation, "data.img_norm.std");

        if (data.Classes is { } classes)
        {
            var classCount = config.Model.Head.ClassCount;
            Require(classes.Length == classCount, "data.classes",
                $"{classCount} names (model.bbox_head.num_classes)", classes.Length);
            var twice = classes.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1);
            Require(twice is null, "data.classes", "names that differ", $"'{twice?.Key}' twice");
        }
        CheckDataset(data.Train, "data.train");
        CheckDataset(data.Val, "data.val");
        CheckDataset(data.Test, "data.test");
        foreach (var (set, path) in new[] { (data.Val, "data.val"), (data.Test, "data.test") })
            Require(set.Scales.Length == 1, $"{path}.img_scale", "one scale (several belong into data.tta)",
                set.Scales.Length);
        CheckScales(data.TestTimeAugmentation.Scales, "data.tta");
        RequireAtLeast(1, data.TestTimeAugmentation.FlipDirections.Length, "data.tta.flip_direction");
    }

    void CheckDataset(DatasetOptions set, string path)
    {
        Require(set.ImageFolders.Length <= 1 || set.ImageFolders.Length == set.AnnotationFiles.Length, $"{path}.img_prefix",
            $"one folder, or one for each of the {set.AnnotationFiles.Length} files of ann_file", set.ImageFolders.Length);
        RequireAtLeast(1, set.Scales.Length, $"{path}.img_scale");
        CheckScales(set.Scales, path);
        if (set.ScaleMode == ScaleMode.Range)
            Require(set.Scales.Length is 1 or 2, $"{path}.img_scale", "the two ends of the range", set.Scales.Length);
        CheckFlips(set, path);
        CheckRatios(set, path);
        RequireAtLeast(0, set.MinImageSide, $"{path}.min_size");
        RequireAtLeast(1, set.Repetitions, $"{path}.repeat_times");
        RequireAtLeast(1, set.ImagesPerClass, $"{path}.num_sample_class");
        if (set.ClassBalanced is { } balance)
            Require(balance.FrequencyThreshold is > 0 and <= 1, $"{path}.class_balanced.oversample_thr", "above 0, at most 1",
                balance.FrequencyThreshold);
        if (set.Mosaic is { } mosaic) CheckMosaic(mosaic, $"{path}.mosaic");
        if (set.ColorDistortion is { } colors) CheckColors(colors, $"{path}.photo_metric_distortion");
        if (set.MinIouRandomCrop is { } part) CheckCrop(part, $"{path}.min_iou_random_crop");
        if (set.RandomCrop is { } crop) CheckCrop(crop, $"{path}.random_crop");
        if (set.FilterAnnotations is { } filter) CheckFilter(filter, $"{path}.filter_annotations");
    }

    void CheckScales(int[][] scales, string path)
    {
        foreach (var scale in scales)
            Require(scale.Length == 2 && scale.All(side => side > 0), $"{path}.img_scale",
                "pairs of positive sizes, [1333, 800]", List(scale));
    }

    void CheckRatios(DatasetOptions set, string path)
    {
        if (set.RatioRange is not { } ratios) return;
        RequireRange(ratios, 0, double.MaxValue, $"{path}.ratio_range");
        RequirePositive(ratios[0], $"{path}.ratio_range");
        Require(set.Scales.Length == 1, $"{path}.img_scale", "one scale, which ratio_range multiplies", set.Scales.Length);
    }

    void CheckFlips(DatasetOptions set, string path)
    {
        RequireAtLeast(1, set.FlipDirections.Length, $"{path}.flip_direction");
        Require(set.FlipProbability.Length == 1 || set.FlipProbability.Length == set.FlipDirections.Length, $"{path}.flip_ratio",
            $"one value, or one for each of the {set.FlipDirections.Length} directions of flip_direction",
            set.FlipProbability.Length);
        foreach (var ratio in set.FlipProbability) RequireFraction(ratio, $"{path}.flip_ratio");
        var total = set.FlipProbability.Sum();
        Require(total <= 1 + RoundingOfSums, $"{path}.flip_ratio", "at most 1 together", total);
        RequireFraction(set.VerticalFlipProbability, $"{path}.vertical_flip_ratio");
    }

    void CheckMosaic(MosaicOptions mosaic, string path)
    {
        Require(mosaic.ImageSize.Length == 2 && mosaic.ImageSize.All(side => side > 0), $"{path}.img_scale",
            "height and width, [640, 640]", List(mosaic.ImageSize));
        RequireRange(mosaic.CenterRange, 0, 2, $"{path}.center_ratio_range");
        RequireFraction(mosaic.Probability, $"{path}.prob");
        Require(mosaic.PadValue is >= 0 and <= 255, $"{path}.pad_val", "0 to 255", mosaic.PadValue);
    }

    void CheckColors(ColorDistortionOptions colors, string path)
    {
        RequireAtLeastZero(colors.BrightnessDelta, $"{path}.brightness_delta");
        RequireRange(colors.ContrastRange, 0, double.MaxValue, $"{path}.contrast_range");
        RequireRange(colors.SaturationRange, 0, double.MaxValue, $"{path}.saturation_range");
        Require(colors.HueDelta is >= 0 and <= 360, $"{path}.hue_delta", "0 to 360", colors.HueDelta);
    }

    void CheckCrop(MinIouRandomCropOptions crop, string path)
    {
        foreach (var iou in crop.MinIous) RequireFraction(iou, $"{path}.min_ious");
        Require(crop.MinCropSize is > 0 and <= 1, $"{path}.min_crop_size", "above 0, at most 1", crop.MinCropSize);
    }

    void CheckCrop(RandomCropOptions crop, string path)
    {
        var key = $"{path}.crop_size";
        Require(crop.CropSize.Length == 2, key, "2 values (height, width)", crop.CropSize.Length);
        var isRelative = crop.CropType is CropType.Relative or CropType.RelativeRange;
        foreach (var side in crop.CropSize)
            Require(isRelative ? side is > 0 and <= 1 : side is >= 1 and <= int.MaxValue && side == Math.Truncate(side), key,
                isRelative ? "fractions above 0, at most 1" : "whole numbers of pixels, 1 and more", side);
        if (crop.CropType == CropType.AbsoluteRange) RequireRange(crop.CropSize, 1, int.MaxValue, key);
    }

    void CheckFilter(FilterAnnotationsOptions filter, string path)
    {
        Require(filter.MinSize.Length == 2, $"{path}.min_gt_bbox_wh", "2 values (width, height)", filter.MinSize.Length);
        foreach (var side in filter.MinSize) RequireAtLeastZero(side, $"{path}.min_gt_bbox_wh");
    }
}
