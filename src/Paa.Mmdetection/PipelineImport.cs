using Paa.Configuration;
using Paa.Mmdetection.Python;

namespace Paa.Mmdetection;

/// <summary>The steps that prepare an image, <c>pipeline</c>.</summary>
sealed class PipelineImport
{
    readonly ImportTarget _target;
    readonly string _to;
    readonly bool _isTraining;
    bool _isWhole = true;           // whether every step is known
    bool _resizes;
    bool _normalises;
    bool _pads;

    PipelineImport(ImportTarget target, string to, bool isTraining) => (_target, _to, _isTraining) = (target, to, isTraining);

    ImportNoteKind Kind => _isTraining ? ImportNoteKind.ChangesTraining : ImportNoteKind.ChangesBoxes;

    /// <summary>Reads the steps of one data set.</summary>
    /// <param name="steps">In order; those that have no counterpart are named in a note.</param>
    /// <param name="target">Where to.</param>
    /// <param name="to">The key of the data set there.</param>
    /// <param name="isTraining">Test pipelines name flips that they do not do.</param>
    public static void Read(IReadOnlyList<ImportSection> steps, ImportTarget target, string to, bool isTraining)
    {
        var import = new PipelineImport(target, to, isTraining);
        foreach (var step in steps) import.ReadStep(step);
        if (steps.Count > 0) import.Finish(steps[0].Location);
    }

    void ReadStep(ImportSection step)
    {
        step.UnreadKind = Kind;
        switch (step.Type)
        {
            case "LoadImageFromFile" or "LoadImageFromWebcam":
                step.Differs("color_type", "color", Kind);
                step.Differs("imdecode_backend", "cv2", Kind);
                step.Differs("to_float32", "False", Kind, "here 8-bit pixels are resized");
                step.Ignore("file_client_args", "backend_args", "ignore_empty");
                break;
            case "DefaultFormatBundle" or "Collect" or "PackDetInputs" or "ImageToTensor" or "ToTensor" or "WrapFieldsToLists":
                step.IgnoreAll();
                break;
            case "LoadAnnotations":
                step.Expect("with_bbox", "True");
                step.Ignore("with_label", "with_mask", "with_seg", "poly2mask", "box_type", "file_client_args", "backend_args");
                break;
            case "Resize" or "RandomResize" or "RandomChoiceResize":
                ReadResize(step);
                break;
            case "RandomFlip":
                ReadFlip(step);
                break;
            case "Normalize":
                ReadNormalize(step);
                break;
            case "Pad":
                ReadPad(step);
                break;
            case "MultiScaleFlipAug":
                ReadViews(step);
                break;
            case "PhotoMetricDistortion" when _isTraining:
                MoveAll(step, "photo_metric_distortion", "brightness_delta", "contrast_range", "saturation_range", "hue_delta");
                break;
            case "MinIoURandomCrop" when _isTraining:
                MoveAll(step, "min_iou_random_crop", "min_ious", "min_crop_size");
                if (_resizes) _target.Note(Kind, step.Location, step.Name, "is done before the image is resized here");
                step.Differs("bbox_clip_border", "True", Kind);
                break;
            case "Mosaic" when _isTraining:
                MoveAll(step, "mosaic", "img_scale", "center_ratio_range", "pad_val", "prob");
                Turn(step, "img_scale", "mosaic.img_scale");
                step.Differs("bbox_clip_border", "True", Kind);
                step.Differs("skip_filter", "True", Kind);
                break;
            case "RandomCrop" when _isTraining:
                MoveAll(step, "random_crop", "crop_size", "crop_type", "allow_negative_crop", "bbox_clip_border");
                if (step.PeekText("crop_type") != "absolute_range") Turn(step, "crop_size", "random_crop.crop_size");
                if (!_resizes) _target.Note(Kind, step.Location, step.Name, "is done after the image is resized here");
                step.Differs("recompute_bbox", "False", Kind);
                break;
            case "FilterAnnotations" when _isTraining:
                MoveAll(step, "filter_annotations", "min_gt_bbox_wh", "keep_empty");
                step.Ignore("min_gt_mask_area", "by_mask");
                step.Differs("by_box", "True", Kind);
                break;
            case var other:
                _isWhole = false;
                step.IgnoreAll();
                _target.Note(Kind, step.Location, step.Name,
                    $"the step {PythonLexer.Shorten(other ?? "without a type")} is not done here");
                break;
        }
    }

    void ReadResize(ImportSection step)
    {
        var type = step.Type;
        if (_resizes && _isTraining)
            _target.Note(Kind, step.Location, step.Name, "images are resized once here, as the last of these steps says");
        _resizes = true;
        step.Expect("keep_ratio", "True", missing: step.Has("scale") || step.Has("scales") ? "False" : null);
        if (step.Take("resize_type") is { } inner && PythonText.Of(inner).Split('.')[^1] != "Resize")
            step.Expect("resize_type", "Resize");
        step.Differs("backend", "cv2", Kind);
        step.Differs("interpolation", "bilinear", Kind);
        step.Differs("bbox_clip_border", "True", Kind);
        step.Differs("clip_object_border", "True", Kind);
        step.Ignore("override");
        if (step.HasValue("scale_factor")) step.Differs("scale_factor", "None", Kind, "not done here");
        var scales = step.Take("img_scale") ?? step.Take("scale") ?? step.Take("scales");
        if (scales is not null and not ConfigScalar { Text: null }) _target.Set($"{_to}.img_scale", scales);
        var isSeveral = scales is ConfigList { Items: [ConfigList, _, ..] };
        if (step.Take("ratio_range") is ConfigList or ConfigUnknown)
        {
            if (_isTraining) step.Move("ratio_range", $"{_to}.ratio_range");
            else step.Differs("ratio_range", "None", Kind, "not done here");
        }
        var mode = step.Text("multiscale_mode") ?? (type == "RandomChoiceResize" ? "value" : "range");
        if (isSeveral) _target.Set($"{_to}.multiscale_mode", mode, step.Location);
        else if (step.Has("multiscale_mode")) step.Ignore("multiscale_mode");
    }

    void ReadFlip(ImportSection step)
    {
        var ratio = step.Take("flip_ratio") ?? step.Take("prob");
        var direction = step.Take("direction");
        if (!_isTraining) return;                               // part of a test pipeline only in name
        if (ratio is ConfigScalar { Text: not null } or ConfigList or ConfigUnknown) _target.Set($"{_to}.flip_ratio", ratio);
        if (direction is not null) _target.Set($"{_to}.flip_direction", direction);
    }

    void ReadNormalize(ImportSection step)
    {
        _normalises = true;
        foreach (var key in (string[])["mean", "std", "to_rgb"])
        {
            var name = $"data.img_norm.{key}";
            var (value, earlier) = (step.Take(key), _target.Tree.Find(name));
            if (value is not null && earlier is not null && PythonText.Of(value) != PythonText.Of(earlier))
                _target.Note(ImportNoteKind.ChangesTraining, value.Location, $"{step.Name}.{key}",
                    $"is {PythonText.Of(value)}, in another pipeline {PythonText.Of(earlier)}; the former is taken for all");
            step.Move(key, name);
        }
    }

    void ReadPad(ImportSection step)
    {
        _pads = step.HasValue("size_divisor");
        if (_pads) step.Move("size_divisor", "data.size_divisor");
        step.Ignore("size_divisor");
        if (step.HasValue("size")) step.Differs("size", "None", Kind, "here to multiples of size_divisor");
        step.Ignore("size");
        step.Differs("pad_to_square", "False", Kind);
        step.Differs("padding_mode", "constant", Kind);
        var value = step.Take("pad_val");
        if (value is ConfigMapping values) value = values.Find("img");
        if (value is not null && PythonText.Of(value) is not ("0" or "[0, 0, 0]") and var text)
            _target.Note(Kind, value.Location, $"{step.Name}.pad_val", $"is {text}, here 0");
    }

    /// <summary>One scale is that of the data set; more of them, or flips, are test-time augmentation.</summary>
    void ReadViews(ImportSection step)
    {
        var scales = step.Take("img_scale");
        var flips = step.Text("flip") == "true";
        var isSeveral = scales is ConfigList { Items: [ConfigList, _, ..] };
        if (step.HasValue("scale_factor")) step.Differs("scale_factor", "None", Kind, "not done here");
        step.Ignore("scale_factor");
        if (scales is not null and not ConfigScalar { Text: null } && !isSeveral) _target.Set($"{_to}.img_scale", scales);
        if (isSeveral) _target.Set("data.tta.img_scale", scales!);
        if (flips || isSeveral) _target.Set("data.tta.flip", flips ? "true" : "false", step.Location);
        if (flips) step.Move("flip_direction", "data.tta.flip_direction");
        else step.Ignore("flip_direction");
        foreach (var inner in step.Sections("transforms")) ReadStep(inner);
    }

    /// <summary>A pipeline of 2.x that names no such step does without; in 3.x the model does both.</summary>
    void Finish(ConfigLocation place)
    {
        if (_isTraining || !_isWhole || _target.ModelPrepares) return;
        if (!_normalises) ModelImport.NoNormalisation(_target, place);
        if (!_normalises) _target.Set("data.img_norm.to_rgb", "false", place);
        if (!_pads) _target.Set("data.size_divisor", "1", place);
    }

    /// <summary>MMDetection 3.x gives width and height where 2.x gives height and width, as here.</summary>
    void Turn(ImportSection step, string key, string name)
    {
        if (_target.ModelPrepares && step.Take(key) is ConfigList { Items: [var width, var height] } size)
            _target.Set($"{_to}.{name}", new ConfigList(size.Location, [height, width]));
    }

    void MoveAll(ImportSection step, string name, params ReadOnlySpan<string> keys)
    {
        _target.Set($"{_to}.{name}", new ConfigMapping(step.Location, []));          // present, though all be defaults
        foreach (var key in keys) step.Move(key, $"{_to}.{name}.{key}");
    }
}
