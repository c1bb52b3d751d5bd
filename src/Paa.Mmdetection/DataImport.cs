using Paa.Configuration;

namespace Paa.Mmdetection;

/// <summary>The data sets: <c>data</c> of MMDetection 2.x, <c>train_dataloader</c> and so on of 3.x.</summary>
static class DataImport
{
    static readonly string[] Sets = ["train", "val", "test"];

    public static void Read(ImportSection root, ImportTarget target)
    {
        if (root.Section("data") is { } data)
        {
            ReadLoader(data, target, "samples_per_gpu", "workers_per_gpu");
            foreach (var set in Sets)
            {
                if (data.Has(set)) DatasetImport.Read(data.Sections(set), target, set);
                if (data.Section($"{set}_dataloader") is { } loader && set == "train")
                    ReadLoader(loader, target, "samples_per_gpu", "workers_per_gpu");
            }
        }
        foreach (var set in Sets)
        {
            if (root.Section($"{set}_dataloader") is not { } loader) continue;
            if (set == "train") ReadLoader(loader, target, "batch_size", "num_workers");
            // Built in: images are grouped by aspect and shuffled for training, and stand in order otherwise.
            loader.Ignore(
                "batch_size", "num_workers", "sampler", "batch_sampler", "persistent_workers", "drop_last", "pin_memory");
            DatasetImport.Read(loader.Sections("dataset"), target, set);
        }
    }

    static void ReadLoader(ImportSection loader, ImportTarget target, string batchKey, string workerKey)
    {
        loader.Move(batchKey, target, "data.samples_per_gpu");
        loader.Move(workerKey, target, "data.workers_per_gpu");
    }
}

/// <summary>One data set with what is wrapped around it, or several that are joined.</summary>
sealed class DatasetImport
{
    readonly ImportTarget _target;
    readonly string _to;
    readonly bool _isTraining;
    readonly List<string> _annotationFiles = [];
    readonly List<string> _imageFolders = [];

    DatasetImport(ImportTarget target, string set) =>
        (_target, _to, _isTraining) = (target, $"data.{set}", set == "train");

    /// <summary>Reads the data sets of one purpose.</summary>
    /// <param name="datasets">Several are joined.</param>
    /// <param name="target">Where to.</param>
    /// <param name="set">train, val or test.</param>
    public static void Read(IReadOnlyList<ImportSection> datasets, ImportTarget target, string set)
    {
        if (datasets.Count == 0) return;
        var import = new DatasetImport(target, set);
        if (import._isTraining) target.Set($"data.{set}.flip_ratio", "0", datasets[0].Location);  // until a step says otherwise
        foreach (var dataset in datasets) import.ReadDataset(dataset);
        target.Set($"data.{set}.ann_file", import._annotationFiles, datasets[0].Location);
        target.Set($"data.{set}.img_prefix", import._imageFolders, datasets[0].Location);
    }

    void ReadDataset(ImportSection dataset)
    {
        switch (dataset.PeekText("type"))
        {
            case "RepeatDataset":
                dataset.Move("times", _target, $"{_to}.repeat_times");
                ReadWrapped(dataset);
                break;
            case "ClassBalancedDataset":
                dataset.Move("oversample_thr", _target, $"{_to}.class_balanced.oversample_thr");
                dataset.Move("filter_empty_gt", _target, $"{_to}.class_balanced.filter_empty_gt");
                ReadWrapped(dataset);
                break;
            case "MultiImageMixDataset":
                ReadWrapped(dataset);
                PipelineImport.Read(dataset.Sections("pipeline"), _target, _to, _isTraining);
                break;
            case "ConcatDataset":
                dataset.Ignore("type", "separate_eval");
                foreach (var one in dataset.Sections("datasets")) ReadDataset(one);
                break;
            default:
                ReadCoco(dataset);
                break;
        }
    }

    void ReadWrapped(ImportSection wrapper)
    {
        wrapper.Ignore("type");
        ReadDataset(wrapper.Required("dataset"));
    }

    void ReadCoco(ImportSection dataset)
    {
        dataset.Expect("type", "CocoDataset");
        dataset.Ignore("test_mode", "file_client_args", "backend_args");
        ReadFiles(dataset);
        dataset.Move("classes", _target, "data.classes");
        dataset.Section("metainfo")?.Move("classes", _target, "data.classes");
        if (_isTraining) ReadFilter(dataset);
        if (dataset.Has("pipeline")) PipelineImport.Read(dataset.Sections("pipeline"), _target, _to, _isTraining);
    }

    void ReadFiles(ImportSection dataset)
    {
        var root = dataset.Text("data_root") ?? "";
        var folders = Texts(dataset, "img_prefix");
        if (dataset.Section("data_prefix") is { } prefix) folders = Texts(prefix, "img");        // MMDetection 3.x
        var files = Texts(dataset, "ann_file");
        for (var i = 0; i < files.Count; i++)
        {
            _annotationFiles.Add(Path.Combine(root, files[i]));
            _imageFolders.Add(Path.Combine(root, folders.Count == 0 ? "" : folders[Math.Min(i, folders.Count - 1)]));
        }
    }

    /// <summary>MMDetection 3.x filters only where it is told to; 2.x does unless it is told not to.</summary>
    void ReadFilter(ImportSection dataset)
    {
        if (dataset.Has("data_prefix") || dataset.Has("filter_cfg"))
        {
            var filter = dataset.Section("filter_cfg");
            if (filter is null) _target.Set($"{_to}.filter_empty_gt", "false", dataset.Location);
            filter?.Move("filter_empty_gt", _target, $"{_to}.filter_empty_gt", missing: "false");
            filter?.Ignore("min_size");
        }
        else
        {
            dataset.Move("filter_empty_gt", _target, $"{_to}.filter_empty_gt", missing: "true");
        }
    }

    static IReadOnlyList<string> Texts(ImportSection section, string key) => section.Take(key) switch
    {
        null or ConfigScalar { Text: null } => [],
        ConfigScalar { Text: { } text } => [text],
        ConfigList list when list.Items.All(item => item is ConfigScalar { Text: not null }) =>
            [.. list.Items.Select(item => ((ConfigScalar)item).Text!)],
        var other => throw new ConfigException(
            other.Location, key, $"expected a path or a list of them, got {other.Description}"),
    };
}
