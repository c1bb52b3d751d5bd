using Paa.Configuration;

namespace Paa.Mmdetection;

/// <summary>The steps that prepare an image, <c>pipeline</c>.</summary>
sealed class PipelineImport
{
    readonly ImportTarget _target;
    readonly string _to;
    readonly bool _isTraining;

    PipelineImport(ImportTarget target, string to, bool isTraining) => (_target, _to, _isTraining) = (target, to, isTraining);

    /// <summary>Reads the steps of one data set.</summary>
    /// <param name="steps">In order; those that have no counterpart stay unread.</param>
    /// <param name="target">Where to.</param>
    /// <param name="to">The key of the data set there.</param>
    /// <param name="isTraining">Test pipelines name flips that they do not do.</param>
    public static void Read(IReadOnlyList<ImportSection> steps, ImportTarget target, string to, bool isTraining)
    {
        var import = new PipelineImport(target, to, isTraining);
        foreach (var step in steps) import.ReadStep(step);
    }

    void ReadStep(ImportSection step)
    {
        var type = step.PeekText("type");
        switch (type)
        {
            case "LoadImageFromFile" or "DefaultFormatBundle" or "Collect" or "PackDetInputs" or "ImageToTensor":
                step.Ignore("to_float32", "file_client_args", "backend_args", "keys", "meta_keys");
                break;
            case "LoadAnnotations":
                step.Expect("with_bbox", "True");
                break;
            case "Resize" or "RandomResize" or "RandomChoiceResize":
                ReadResize(step, type);
                break;
            case "RandomFlip":
                ReadFlip(step);
                break;
            case "Normalize":
                foreach (var key in (string[])["mean", "std", "to_rgb"]) step.Move(key, _target, $"data.img_norm.{key}");
                break;
            case "Pad":
                step.Move("size_divisor", _target, "data.size_divisor");
                step.Ignore("pad_val");
                break;
            case "MultiScaleFlipAug":
                ReadViews(step);
                break;
            case "PhotoMetricDistortion" when _isTraining:
                MoveAll(step, "photo_metric_distortion", "brightness_delta", "contrast_range", "saturation_range", "hue_delta");
                break;
            case "MinIoURandomCrop" when _isTraining:
                MoveAll(step, "min_iou_random_crop", "min_ious", "min_crop_size");
                break;
            case "Mosaic" when _isTraining:
                MoveAll(step, "mosaic", "img_scale", "center_ratio_range", "pad_val", "prob");
                break;
            default:
                return;                                         // stays unread, so it is listed
        }
        step.Ignore("type");
    }

    void ReadResize(ImportSection step, string type)
    {
        step.Expect("keep_ratio", "True", missing: step.Has("scale") || step.Has("scales") ? "False" : null);
        step.Expect("resize_type", "Resize");
        var scales = step.Take("img_scale") ?? step.Take("scale") ?? step.Take("scales");
        if (scales is not null) _target.Set($"{_to}.img_scale", scales);
        var isSeveral = scales is ConfigList { Items: [ConfigList, _, ..] };
        var mode = step.Text("multiscale_mode") ?? (type == "RandomChoiceResize" ? "value" : "range");
        if (isSeveral) _target.Set($"{_to}.multiscale_mode", mode, step.Location);
    }

    void ReadFlip(ImportSection step)
    {
        var ratio = step.Take("flip_ratio") ?? step.Take("prob");
        var direction = step.Take("direction");
        if (!_isTraining) return;                               // part of a test pipeline only in name
        if (ratio is ConfigScalar { Text: not null } or ConfigList) _target.Set($"{_to}.flip_ratio", ratio);
        if (direction is not null) _target.Set($"{_to}.flip_direction", direction);
    }

    /// <summary>One scale is that of the data set; more of them, or flips, are test-time augmentation.</summary>
    void ReadViews(ImportSection step)
    {
        var scales = step.Take("img_scale");
        var flips = step.Text("flip") == "true";
        var isSeveral = scales is ConfigList { Items: [ConfigList, _, ..] };
        if (scales is not null && !isSeveral) _target.Set($"{_to}.img_scale", scales);
        if (scales is not null && isSeveral) _target.Set("data.tta.img_scale", scales);
        if (flips || isSeveral) _target.Set("data.tta.flip", flips ? "true" : "false", step.Location);
        if (flips) step.Move("flip_direction", _target, "data.tta.flip_direction");
        foreach (var inner in step.Sections("transforms")) ReadStep(inner);
    }

    void MoveAll(ImportSection step, string name, params ReadOnlySpan<string> keys)
    {
        _target.Set($"{_to}.{name}", new ConfigMapping(step.Location, []));          // present, though all be defaults
        foreach (var key in keys) step.Move(key, _target, $"{_to}.{name}.{key}");
    }
}
