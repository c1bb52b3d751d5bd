using System.Globalization;
using Paa.Configuration;
using Paa.Mmdetection.Python;

namespace Paa.Mmdetection;

/// <summary>One data set with what is wrapped around it, or several that are joined.</summary>
sealed class DatasetImport
{
    static readonly string[] OtherFormats =
    [
        "VOCDataset", "XMLDataset", "WIDERFaceDataset", "OpenImagesDataset", "OpenImagesChallengeDataset", "CityscapesDataset",
        "CrowdHumanDataset",
    ];

    readonly ImportTarget _target;
    readonly string _to;
    readonly string _set;
    readonly List<ConfigNode> _annotationFiles = [];
    readonly List<ConfigNode> _imageFolders = [];
    long _repetitions = 1;
    int _joined;                    // how many joined data sets the present one is part of

    DatasetImport(ImportTarget target, string set) => (_target, _set, _to) = (target, set, $"data.{set}");

    bool IsTraining => _set == "train";

    ImportNoteKind Kind => IsTraining ? ImportNoteKind.ChangesTraining : ImportNoteKind.ChangesBoxes;

    /// <summary>Reads the data sets of one purpose.</summary>
    /// <param name="around">The dict that has them.</param>
    /// <param name="key">Its key for them; several are joined.</param>
    /// <param name="target">Where to.</param>
    /// <param name="set">train, val or test.</param>
    public static void Read(ImportSection around, string key, ImportTarget target, string set)
    {
        if (around.Take(key) is ConfigUnknown unknown)
        {
            Unknown(target, set, unknown);
            return;
        }
        var datasets = around.Sections(key);
        if (datasets.Count == 0) return;
        var import = new DatasetImport(target, set) { _joined = datasets.Count > 1 ? datasets.Count : 0 };
        if (import.IsTraining) target.Set($"data.{set}.flip_ratio", "0", datasets[0].Location);  // until a step says otherwise
        foreach (var dataset in datasets) import.ReadDataset(dataset);
        var place = datasets[0].Location;
        if (import._repetitions != 1)
            target.Set($"data.{set}.repeat_times", import._repetitions.ToString(CultureInfo.InvariantCulture), place);
        target.Set($"data.{set}.ann_file", new ConfigList(place, import._annotationFiles));
        target.Set($"data.{set}.img_prefix", new ConfigList(place, import._imageFolders));
    }

    /// <summary>Says that a data set cannot be known; the command line may name its files.</summary>
    public static void Unknown(ImportTarget target, string set, ConfigUnknown unknown)
    {
        target.Set($"data.{set}.ann_file", unknown);
        target.Set($"data.{set}.img_prefix", unknown);
    }

    /// <summary>Reads only how images are prepared.</summary>
    public static void ReadPipeline(ImportSection dataset, ImportTarget target, string set)
    {
        dataset.UnreadKind = ImportNoteKind.ChangesBoxes;
        dataset.IgnoreAll();
        if (dataset.Take("pipeline") is ConfigList or ConfigMapping) new DatasetImport(target, set).ReadSteps(dataset);
    }

    /// <summary>Reads the names of the classes, in the order of the labels.</summary>
    /// <returns>Whether they are there.</returns>
    public static bool ReadClasses(ImportSection dataset, ImportTarget target)
    {
        var names = dataset.Take("classes");
        if (dataset.Take("metainfo") is ConfigMapping && dataset.Section("metainfo") is { } meta)
        {
            names ??= meta.Take("classes") ?? meta.Take("CLASSES");
            meta.IgnoreAll();                                               // colours of a palette
        }
        if (names is null or ConfigScalar { Text: null }) return false;
        if (names is ConfigScalar { Text: { } file } && (file.EndsWith(".txt", StringComparison.Ordinal) || file.Contains('/')))
            names = new ConfigUnknown(names.Location, $"the file {PythonLexer.Shorten(file)} is not read");
        target.Set("data.classes", names);
        return true;
    }

    void ReadDataset(ImportSection dataset)
    {
        dataset.UnreadKind = Kind;
        switch (dataset.Type)
        {
            case "RepeatDataset":
                ReadTimes(dataset);
                ReadWrapped(dataset);
                break;
            case "ClassBalancedDataset":
                dataset.Move("oversample_thr", $"{_to}.class_balanced.oversample_thr");
                dataset.Move("filter_empty_gt", $"{_to}.class_balanced.filter_empty_gt");
                if (_joined > 1)
                    _target.Note(Kind, dataset.Location, dataset.Name, "balances all joined data sets here, not this one");
                ReadWrapped(dataset);
                break;
            case "MultiImageMixDataset":
                dataset.Differs("skip_type_keys", "None", Kind);
                dataset.Ignore("dynamic_scale", "max_refetch");
                ReadWrapped(dataset);
                if (dataset.Has("pipeline")) ReadSteps(dataset);
                break;
            case "ConcatDataset":
                ReadJoined(dataset);
                break;
            case null when dataset.Has("datasets"):
                ReadJoined(dataset);
                break;
            case null when dataset.Take("dataset") is ConfigMapping:
                ReadWrapped(dataset);
                break;
            default:
                ReadCoco(dataset);
                break;
        }
    }

    void ReadTimes(ImportSection dataset)
    {
        if (dataset.Take("times") is ConfigUnknown unknown) throw UnknownValues.Needed(unknown, $"{dataset.Name}.times");
        if (!long.TryParse(dataset.Text("times"), out var times) || times is < 1 or > int.MaxValue)
            throw new ConfigException(dataset.Location, $"{dataset.Name}.times",
                "expected how often an epoch visits the data set");
        if (_joined > 1)
            _target.Note(Kind, dataset.Location, dataset.Name, "one of several joined data sets; here each is visited once");
        else _repetitions = Math.Min(_repetitions * times, int.MaxValue);
    }

    void ReadJoined(ImportSection dataset)
    {
        dataset.Ignore("lazy_init", "verify_meta");
        dataset.Differs("ignore_keys", "None", Kind);
        dataset.Differs("separate_eval", "False", Kind, "here one evaluation of all");
        var parts = dataset.Sections("datasets");
        _joined = Math.Max(_joined, parts.Count);
        foreach (var one in parts) ReadDataset(one);
    }

    void ReadWrapped(ImportSection wrapper)
    {
        wrapper.Ignore("lazy_init");
        var inner = wrapper.Sections("dataset");
        if (inner.Count > 1) _joined = Math.Max(_joined, inner.Count);
        foreach (var one in inner) ReadDataset(one);
    }

    void ReadCoco(ImportSection dataset)
    {
        var type = dataset.Type;
        if (OtherFormats.Contains(type))
            throw new ConfigException(dataset.Take("type")!.Location, $"{dataset.Name}.type",
                $"expected CocoDataset, the only value there is here, got {type}; paa data convert makes COCO's JSON of others");
        if (type is not (null or "CocoDataset"))
            _target.Note(Kind, dataset.Take("type")!.Location, $"{dataset.Name}.type",
                $"{PythonLexer.Shorten(type)} is read as CocoDataset; name its classes in data.classes, if it has its own");
        if (!IsTraining) dataset.Differs("samples_per_gpu", "1", Kind, "images are not padded to the size of others here");
        dataset.Ignore("test_mode", "file_client_args", "backend_args", "lazy_init", "serialize_data", "seg_prefix",
            "max_refetch");
        dataset.Differs("proposal_file", "None", Kind, "not read");
        dataset.Differs("indices", "None", Kind, "all images are taken here");
        ReadFiles(dataset);
        ReadClasses(dataset, _target);
        if (IsTraining) ReadFilter(dataset);
        else dataset.Ignore("filter_cfg", "filter_empty_gt");               // evaluation takes all images
        if (dataset.Take("pipeline") is { } pipeline && pipeline is not ConfigScalar { Text: null }) ReadSteps(dataset);
    }

    void ReadSteps(ImportSection dataset)
    {
        if (dataset.Take("pipeline") is ConfigUnknown unknown)
        {
            if (_target.Evaluates) _target.Set($"{_to}.img_scale", unknown);
            else _target.Note(Kind, unknown.Location, $"{dataset.Name}.pipeline", $"cannot be known ({unknown.Reason})");
            return;
        }
        var steps = dataset.Items("pipeline", other =>
        {
            if (other is not ConfigUnknown step)
                throw new ConfigException(other.Location, $"{dataset.Name}.pipeline",
                    $"expected a dict, got {other.Description}");
            _target.Note(Kind, step.Location, $"{dataset.Name}.pipeline", $"a step cannot be known ({step.Reason})");
        });
        PipelineImport.Read(steps, _target, _to, IsTraining);
    }

    void ReadFiles(ImportSection dataset)
    {
        var root = dataset.Take("data_root");
        var folders = Paths(dataset, "img_prefix");
        if (dataset.Take("data_prefix") is ConfigMapping && dataset.Section("data_prefix") is { } prefix)       // MMDetection 3.x
        {
            folders = Paths(prefix, "img").Concat(Paths(prefix, "img_path")).ToArray();
            prefix.IgnoreAll();
        }
        var files = Paths(dataset, "ann_file");
        for (var i = 0; i < files.Count; i++)
        {
            _annotationFiles.Add(Below(root, files[i]));
            var folder = folders.Count == 0 ? new ConfigScalar(dataset.Location, "") : folders[Math.Min(i, folders.Count - 1)];
            _imageFolders.Add(Below(root, folder));
        }
    }

    static ConfigNode Below(ConfigNode? root, ConfigNode path) => (root, path) switch
    {
        (_, ConfigUnknown) => path,
        (ConfigUnknown unknown, ConfigScalar { Text: { } text }) =>
            Path.IsPathRooted(text) ? path : new ConfigUnknown(path.Location, unknown.Reason),
        (ConfigScalar { Text: { } folder }, ConfigScalar { Text: { } text }) =>
            new ConfigScalar(path.Location, Path.Combine(folder, text)),
        _ => path,
    };

    /// <summary>MMDetection 3.x filters only where it is told to; 2.x does unless it is told not to.</summary>
    void ReadFilter(ImportSection dataset)
    {
        if (dataset.Has("data_prefix") || dataset.Has("filter_cfg") || dataset.Has("metainfo"))
        {
            var filter = dataset.Section("filter_cfg");
            if (filter is null)
            {
                _target.Set($"{_to}.filter_empty_gt", "false", dataset.Location);
                _target.Set($"{_to}.min_size", "0", dataset.Location);
            }
            filter?.Move("filter_empty_gt", $"{_to}.filter_empty_gt", missing: "false");
            filter?.Move("min_size", $"{_to}.min_size", missing: "0");
        }
        else
        {
            dataset.Move("filter_empty_gt", $"{_to}.filter_empty_gt", missing: "true");
        }
    }

    static IReadOnlyList<ConfigNode> Paths(ImportSection section, string key) => section.Take(key) switch
    {
        null or ConfigScalar { Text: null } => [],
        ConfigScalar or ConfigUnknown => [section.Take(key)!],
        ConfigList list when list.Items.All(item => item is ConfigScalar { Text: not null } or ConfigUnknown) => list.Items,
        var other => throw new ConfigException(
            other.Location, key, $"expected a path or a list of them, got {other.Description}"),
    };
}
