using System.Diagnostics;
using Paa.Benchmarks.Report;

namespace Paa.Benchmarks.Running;

/// <summary>All rows and studies, and the run that measures them.</summary>
static class Suite
{
    /// <summary>Engines are chosen for their speed; their memory is shown beside the peer's.</summary>
    static readonly Requirement InferenceMemory = new(2, Stretch: 1, IsUpper: true);

    static readonly TimeSpan QuickLimit = TimeSpan.FromMinutes(10), Reserve = TimeSpan.FromMinutes(1);

    /// <summary>Short work first: a quick run that is short of time then only drops further rounds of the long work.</summary>
    static readonly Contest[] Contests =
    [
        new("assign", "objects=50",
            [new("assign", "assignment, 50 boxes: losses of the candidates and re-assignment", new(100, 400))], 10),
        new("post", "objects=50 classes=80",
            [new("post", "post-processing, 1,000 a level, 80 classes, voting", new(10, 40))], 10),
        new("image", "height=480 width=640 threads=1",
            [new("image", "image pipeline, 640x480 JPEG to 800x1088, one thread", new(3.3, 4.5))], 6),
        new("coco", "images=5000 classes=80 detections=100",
            [new("coco", "COCO evaluation, 5,000 images, 80 classes, 500,000 detections, files read", new(100, 300))], 10,
            new("pycocotools", 110_000, "a Xeon of 2.5 GHz with 2 cores on another day: 110 to 135 s, the best of them")),
        new("infer", "depth=50 height=800 width=1344",
        [
            new("infer-r50", "inference R-50, 800x1344, float32, whole call", new(2, 2.6), Memory: InferenceMemory),
            new("infer-r50-int8", "inference R-50, 800x1344, int8, whole call", new(6, 9), "int8=1", InferenceMemory),
            new("infer-r50-onnx", "inference R-50, 800x1344, float32, in ONNX Runtime", new(1.3, 1.7), "engine=onnx",
                InferenceMemory),
            new("infer-r50-onnx-int8", "inference R-50, 800x1344, int8, in ONNX Runtime", new(3, 6), "engine=onnx int8=1",
                InferenceMemory),
        ], 60),
        new("step", "depth=18 height=320 width=320 batch=8 boxes=4 classes=3",
            [new("step-r18", "training step R-18, 320x320, 8 images", new(1.3, 2))], 45),
        new("step", "depth=50 height=800 width=1344 batch=2 boxes=8",
            [new("step-r50", "training step R-50, 800x1344, 2 images, 8 boxes", new(1.2, 1.6),
                Memory: new(0.70, IsUpper: true))], 60),
    ];

    static readonly Study[] Studies =
    [
        new("size", "Inference R-50 and the image's size", "pixels of the shorter side", "infer",
            [(320, "height=320 width=544"), (480, "height=480 width=800"),
                (640, "height=640 width=1088"), (800, "height=800 width=1344"),
                (1088, "height=1088 width=1824"), (1333, "height=1344 width=2240")]),
        new("boxes", "Assignment and the objects of an image", "objects", "assign",
            [.. new[] { 1, 5, 20, 50, 100, 200, 500 }.Select(n => ((double)n, $"objects={n}"))]),
        new("matching-classes", "Assignment of 50 objects and the number of classes", "classes", "assign",
            [.. new[] { 1, 20, 80, 365, 1203 }.Select(n => ((double)n, $"objects=50 classes={n}"))]),
        new("classes", "Post-processing and the number of classes", "classes", "post",
            [.. new[] { 1, 20, 80, 365, 1203 }.Select(n => ((double)n, $"objects=50 classes={n}"))]),
        new("batch", "Inference R-18, 320x320, and the images of a batch: cost of one image", "images", "infer",
            [.. new[] { 1, 2, 4, 8, 16 }.Select(n => ((double)n, $"depth=18 height=320 width=320 classes=3 batch={n}"))],
            PerItem: true),
        new("step-batch", "Training step R-18, 320x320, and the images of a batch: cost of one image", "images", "step",
            [.. new[] { 1, 2, 4, 8, 16 }.Select(n => ((double)n, $"depth=18 height=320 width=320 classes=3 boxes=4 batch={n}"))],
            PerItem: true),
        new("threads", "Inference R-50, 480x800, and threads", "threads", "infer", [.. Threads("depth=50 height=480 width=800")]),
        new("step-threads", "Training step R-18, 320x320, 4 images, and threads", "threads", "step",
            [.. Threads("depth=18 height=320 width=320 classes=3 boxes=4 batch=4")]),
        new("detections", "COCO evaluation, files read, and the number of detections", "detections", "coco",
            [.. new[] { 10, 100, 1000, 5000, 50_000 }.Select(n => (100.0 * n, $"images={n} boxes={7 * n} detections=100"))],
            PeerUpTo: 100_000, Data: true),
    ];

    /// <summary>Ids of rows and studies with what they are.</summary>
    public static IReadOnlyList<(string Id, string Text)> Ids { get; } =
    [
        .. Contests.SelectMany(contest => contest.Entries).Select(entry => (entry.Id, entry.Work)),
        (PredictStart.Id, PredictStart.Work),
        .. Studies.Select(study => (study.Id, $"study: {study.Title}")),
    ];

    /// <summary>Measures, prints the table, and writes result and page.</summary>
    /// <returns>The exit code: 0 even if a row misses its goal or its peer.</returns>
    public static int Run(SuiteOptions options)
    {
        var (created, started) = (DateTime.UtcNow, Stopwatch.GetTimestamp());
        var deadline = options.IsQuick ? created + QuickLimit - Reserve : DateTime.MaxValue;
        var result = new BenchmarkResult
        {
            Created = created,
            Mode = options.IsQuick ? "quick" : "full",
            Machine = Machine.Describe(),
            Versions = Versions.All(),
            Rows = [],
        };
        Console.WriteLine(ResultTable.Header);
        var needsCoco = options.Wants("coco");
        if (needsCoco) PythonPeers.PrepareCoco(Progress);
        foreach (var contest in Contests)
        {
            var isFirstLong = contest.Kind == "infer";
            if (isFirstLong && options.Wants(PredictStart.Id)) Add([PredictStart.Run(options.IsQuick, Progress)]);
            if (contest.Entries.Any(entry => options.Wants(entry.Id)))
                Progress(string.Join(", ", contest.Entries.Select(entry => entry.Id)));
            Add(contest.Run(options, deadline));
        }
        foreach (var study in Studies)
            if (options.IsQuick ? options.Only.Contains(study.Id) : options.Wants(study.Id))
            {
                result = result with { Studies = [.. result.Studies, study.Run(Progress)] };
                Save();
            }
        Save();
        Progress($"wrote {options.Output} and {Path.ChangeExtension(options.Output, ".html")}");
        return 0;

        void Add(IEnumerable<ResultRow> rows)
        {
            foreach (var row in rows)
            {
                Console.WriteLine(ResultTable.Line(row));
                result = result with { Rows = [.. result.Rows, row] };
            }
            Save();
        }

        // After every row: a run that is stopped leaves what it had.
        void Save()
        {
            result = result with { Seconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 1) };
            result.Write(options.Output);
            BenchmarkPage.Write(Path.ChangeExtension(options.Output, ".html"), result);
        }
    }

    static IEnumerable<(double X, string Settings)> Threads(string settings) =>
        Enumerable.Range(1, Math.Max(2, Environment.ProcessorCount)).Select(n => ((double)n, $"{settings} threads={n}"));

    static void Progress(string text) => Console.Error.WriteLine($"== {text}");
}
