using Paa.Mmdetection.Python;

namespace Paa.Mmdetection;

/// <summary>How results are evaluated.</summary>
static class EvaluationImport
{
    const ImportNoteKind Kind = ImportNoteKind.ChangesBoxes;
    const string Instead = "here box AP as COCO computes it";

    public static void Read(ImportSection root, ImportTarget target)
    {
        if (root.Optional("evaluation") is { } evaluation)
        {
            evaluation.UnreadKind = Kind;
            if (target.Trains) evaluation.Move("interval", "evaluation.interval", missing: "1");
            ReadMetric(evaluation, target);
            if (target.Trains) RuntimeImport.MoveBest(evaluation, target);
            evaluation.Ignore("interval", "save_best", "rule", "start", "by_epoch", "dynamic_intervals", "gpu_collect", "tmpdir",
                "broadcast_bn_buffer", "greater_keys", "less_keys", "out_dir", "type");
        }
        foreach (var key in (string[])["val_evaluator", "test_evaluator"])
        {
            if (root.Take(key) is ConfigUnknown unknown) target.Note(Kind, unknown.Location, key, Instead);
            else if (root.HasValue(key))
                foreach (var evaluator in root.Items(key, _ => { })) ReadEvaluator(evaluator, target);
        }
    }

    static void ReadEvaluator(ImportSection evaluator, ImportTarget target)
    {
        evaluator.UnreadKind = Kind;
        if (evaluator.Type is null && evaluator.Has("metrics"))
        {
            foreach (var one in evaluator.Items("metrics", _ => { })) ReadEvaluator(one, target);
            return;
        }
        if (evaluator.Type != "CocoMetric")
        {
            evaluator.IgnoreAll();
            target.Note(Kind, evaluator.Location, evaluator.Name,
                $"{PythonLexer.Shorten(evaluator.Type ?? "it")} is not here; {Instead}");
            return;
        }
        evaluator.Ignore("ann_file", "format_only", "backend_args", "file_client_args", "prefix", "collect_device",
            "sort_categories", "use_mp_eval");
        ReadMetric(evaluator, target);
    }

    static void ReadMetric(ImportSection section, ImportTarget target)
    {
        if (section.Take("metric") is { } metric && PythonText.Of(metric) is not ("bbox" or "[bbox]"))
            section.Differs("metric", "bbox", Kind, Instead);
        if (section.HasValue("proposal_nums")) section.Move("proposal_nums", "evaluation.proposal_nums");
        section.Ignore("proposal_nums", "classwise", "metric_items", "outfile_prefix", "jsonfile_prefix", "logger", "options");
        section.Differs("iou_thrs", "None", Kind, Instead);
    }
}
