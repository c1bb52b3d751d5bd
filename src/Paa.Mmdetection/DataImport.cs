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
