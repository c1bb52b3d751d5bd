using Paa.Configuration;
using Paa.Mmdetection.Python;

namespace Paa.Mmdetection;

/// <summary>The data sets: <c>data</c> of MMDetection 2.x, <c>train_dataloader</c> and so on of 3.x.</summary>
static class DataImport
{
    static readonly string[] Sets = ["train", "val", "test"];

    public static void Read(ImportSection root, ImportTarget target)
    {
        if (root.Take("data") is ConfigUnknown unknown)
            foreach (var set in Sets.Where(set => target.Trains || set != "train")) DatasetImport.Unknown(target, set, unknown);
        else if (root.Section("data") is { } data) ReadData(data, target);
        foreach (var set in Sets)
        {
            if (root.Take($"{set}_dataloader") is ConfigUnknown loaderUnknown) DatasetImport.Unknown(target, set, loaderUnknown);
            else if (root.Section($"{set}_dataloader") is { } loader) ReadLoader(loader, target, set);
        }
    }

    /// <summary>The data set that <c>test</c> prepares, for the sake of its images only.</summary>
    public static void ReadForInference(ImportSection root, ImportTarget target)
    {
        var (test, val, train) = (OfSet(root, "test"), OfSet(root, "val"), OfSet(root, "train"));
        if ((test ?? val) is { } tested) DatasetImport.ReadPipeline(tested, target, "test");
        else if (root.Take("test_pipeline") is ConfigList)
            PipelineImport.Read(root.Items("test_pipeline", _ => { }), target, "data.test", isTraining: false);
        foreach (var dataset in (ImportSection?[])[test, val, train, root])
            if (dataset is not null && DatasetImport.ReadClasses(dataset, target)) return;
    }

    static ImportSection? OfSet(ImportSection root, string set) =>
        Innermost(Dict(root, "data"), set) ?? Innermost(Dict(root, $"{set}_dataloader"), "dataset");

    static ImportSection? Dict(ImportSection root, string key) => root.Take(key) is ConfigMapping ? root.Section(key) : null;

    /// <summary>The data set inside of its wrappers; the first, if there are several.</summary>
    static ImportSection? Innermost(ImportSection? around, string key)
    {
        var dataset = around?.Take(key) is ConfigMapping or ConfigList ? around.Items(key, _ => { }).FirstOrDefault() : null;
        if (dataset is null) return null;
        return Innermost(dataset, "dataset") ?? Innermost(dataset, "datasets") ?? dataset;
    }

    static void ReadData(ImportSection data, ImportTarget target)
    {
        ReadBatches(data, data.Has("imgs_per_gpu") ? "imgs_per_gpu" : "samples_per_gpu", "workers_per_gpu");
        data.Ignore("samples_per_gpu", "persistent_workers", "pin_memory");
        foreach (var set in (string[])["val", "test"])
            if (data.Optional($"{set}_dataloader") is { } loading) ReadTestLoader(loading, "samples_per_gpu");
        foreach (var set in Sets)
        {
            if (set == "train" && !target.Trains) data.Ignore(set);
            else if (data.HasValue(set)) DatasetImport.Read(data, set, target, set);
        }
        if (target.Trains && data.Section("train_dataloader") is { } loader)
            ReadTrainLoader(loader, target, "samples_per_gpu", "workers_per_gpu");
        else data.Ignore("train_dataloader");
    }

    static void ReadLoader(ImportSection loader, ImportTarget target, string set)
    {
        if (set == "train")
        {
            if (target.Trains) ReadTrainLoader(loader, target, "batch_size", "num_workers");
            else return;
        }
        else
        {
            ReadTestLoader(loader, "batch_size");
        }
        DatasetImport.Read(loader, "dataset", target, set);
    }

    /// <summary>Images stand in order, one after the other.</summary>
    static void ReadTestLoader(ImportSection loader, string batchKey)
    {
        loader.Differs(batchKey, "1", ImportNoteKind.ChangesBoxes, "images are not padded to the size of others here");
        loader.IgnoreAll();
    }

    static void ReadTrainLoader(ImportSection loader, ImportTarget target, string batchKey, string workerKey)
    {
        loader.UnreadKind = ImportNoteKind.ChangesTraining;
        ReadBatches(loader, batchKey, workerKey);
        loader.Ignore("persistent_workers", "pin_memory", "prefetch_factor", "worker_init_fn");
        loader.Move("drop_last", "data.train.drop_last");
        ReadSampler(loader, target);
        const string Grouped = "images of a batch are all wide or all high here";
        if (loader.Take("batch_sampler") is ConfigMapping && loader.Section("batch_sampler") is { } batches)
        {
            if (batches.Type != "AspectRatioBatchSampler")
                target.Note(ImportNoteKind.ChangesTraining, batches.Location, batches.Name, Grouped);
            batches.Move("drop_last", "data.train.drop_last");
        }
        else if (loader.Take("batch_sampler") is { } none)
        {
            target.Note(ImportNoteKind.ChangesTraining, none.Location, $"{loader.Name}.batch_sampler", Grouped);
        }
    }

    static void ReadSampler(ImportSection loader, ImportTarget target)
    {
        const string To = "data.train.sampler";
        if (loader.Take("sampler") is not ConfigMapping || loader.Section("sampler") is not { } sampler)
        {
            loader.Differs("sampler", "None", ImportNoteKind.ChangesTraining, "not read");
            return;
        }
        target.Set(To, sampler.Type == "ClassAwareSampler" ? "class_aware" : "default", sampler.Location);
        sampler.Move("num_sample_class", "data.train.num_sample_class");
        if (sampler.Type is not ("DefaultSampler" or "ClassAwareSampler"))
            target.Note(ImportNoteKind.ChangesTraining, sampler.Location, sampler.Name,
                $"{PythonLexer.Shorten(sampler.Type ?? "it")} is not here; an epoch visits each image once, in random order");
        sampler.Differs("shuffle", "True", ImportNoteKind.ChangesTraining);
        sampler.Differs("round_up", "True", ImportNoteKind.ChangesTraining);
        sampler.Ignore("seed");
    }

    static void ReadBatches(ImportSection loader, string batchKey, string workerKey)
    {
        loader.Move(batchKey, "data.samples_per_gpu");
        loader.Move(workerKey, "data.workers_per_gpu");
    }
}
