using System.Globalization;
using System.Text;
using System.Text.Json;
using Paa.Cli.Shared;
using Paa.Platform;
using Paa.Reports;

namespace Paa.Cli.Predict;

/// <summary>Formats of <c>paa predict --results</c>.</summary>
enum ResultFormat
{
    /// <summary>One JSON object with all images.</summary>
    Json,

    /// <summary>One JSON object a line, an image each; written while the work goes on, so that it can be resumed.</summary>
    Jsonl,

    /// <summary>A COCO annotation file whose annotations have scores, as labelling tools import it.</summary>
    Coco,

    /// <summary>One line an object.</summary>
    Csv,

    /// <summary>A folder with a text file for each image: class, centre, size, score; relative to the image.</summary>
    Yolo,
}

/// <summary>Writes what was found in one of the formats. Whatever ends the work, <see cref="Complete"/> keeps what is
/// there.</summary>
abstract class ResultWriter
{
    /// <summary>Standard output in place of a file.</summary>
    public const string StandardOutput = "-";

    /// <summary>A hidden file in a folder of labels that this command wrote.</summary>
    const string YoloMark = ".paa-labels";

    /// <summary>Whether a folder has labels that somebody else wrote, such as those of a data set.</summary>
    public static bool HoldsForeignLabels(string folder) =>
        !File.Exists(Path.Combine(folder, YoloMark)) && Directory.EnumerateFiles(folder, "*.txt").Any();

    /// <summary>Images of an earlier run that need not be done again.</summary>
    public virtual IReadOnlyDictionary<string, ImagePrediction> Done { get; } = new Dictionary<string, ImagePrediction>();

    /// <summary>Adds an image.</summary>
    public abstract void Add(ImagePrediction image);

    /// <summary>Writes what is not written yet.</summary>
    public virtual void Complete()
    {
    }

    /// <summary>The format that an ending stands for.</summary>
    /// <exception cref="UsageException">None.</exception>
    public static ResultFormat FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".json" => ResultFormat.Json,
        ".jsonl" or ".ndjson" => ResultFormat.Jsonl,
        ".csv" => ResultFormat.Csv,
        _ when path == StandardOutput => ResultFormat.Json,
        _ => throw new UsageException($"--results {path}: the ending is not .json, .jsonl or .csv; say which format: "
            + "--format json, jsonl, coco, csv or yolo."),
    };

    /// <summary>Opens a format.</summary>
    /// <param name="format">The format.</param>
    /// <param name="path">File, folder or <see cref="StandardOutput"/>; it was checked.</param>
    /// <param name="checkpoint">The detector, for the formats that tell it.</param>
    /// <param name="classes">Class names in label order.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="isResumed">Whether to keep what <paramref name="path"/> holds already.</param>
    public static ResultWriter Open(
        ResultFormat format, string path, string checkpoint, IReadOnlyList<string> classes, TextWriter output, bool isResumed)
    {
        return format switch
        {
            ResultFormat.Jsonl => new LineWriter(path == StandardOutput ? output : null, path, isResumed),
            ResultFormat.Yolo => new YoloFolder(path, classes),
            ResultFormat.Csv => new WholeFile(images => Csv(images), Write),
            ResultFormat.Coco => new WholeFile(images => Coco(images, classes), Write),
            _ => new WholeFile(images => Json.Text(new { checkpoint, classes, images }) + "\n", Write),
        };

        void Write(string text)
        {
            if (path == StandardOutput) output.Write(text);
            else AtomicFile.WriteText(path, text);
        }
    }

    static string Csv(IEnumerable<ImagePrediction> images)
    {
        var text = new StringBuilder("file,class,label,score,left,top,right,bottom\n");
        foreach (var image in images)
            foreach (var found in image.Detections)
                text.Append(Field(image.File)).Append(',').Append(Field(found.Class))
                    .Append(CultureInfo.InvariantCulture, $",{found.Label},{found.Score}")
                    .Append(CultureInfo.InvariantCulture, $",{string.Join(',', found.Box.Select(Number))}\n");
        return text.ToString();

        static string Number(float value) => value.ToString(CultureInfo.InvariantCulture);

        // RFC 4180
        static string Field(string text) => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
    }

    static string Coco(IReadOnlyList<ImagePrediction> images, IReadOnlyList<string> classes)
    {
        var id = 0;
        return Json.Text(new
        {
            images = images.Select((image, i) => new { id = i + 1, file_name = image.File, image.Width, image.Height }),
            categories = classes.Select((name, label) => new { id = label + 1, name }),
            annotations = images.SelectMany((image, i) => image.Detections.Select(found =>
            {
                var (width, height) = (found.Box[2] - found.Box[0], found.Box[3] - found.Box[1]);
                return new
                {
                    id = ++id,
                    image_id = i + 1,
                    category_id = found.Label + 1,
                    bbox = (float[])[found.Box[0], found.Box[1], width, height],
                    area = width * height,
                    iscrowd = 0,
                    found.Score,
                };
            })),
        }) + "\n";
    }

    /// <summary>A format that is one text, written at the end.</summary>
    sealed class WholeFile(Func<List<ImagePrediction>, string> format, Action<string> write) : ResultWriter
    {
        readonly List<ImagePrediction> _images = [];

        public override void Add(ImagePrediction image) => _images.Add(image);

        public override void Complete() => write(format(_images));
    }

    /// <summary>A line an image, on the disk before the next image begins.</summary>
    sealed class LineWriter : ResultWriter
    {
        readonly TextWriter _output;
        readonly Dictionary<string, ImagePrediction> _done = [];

        public LineWriter(TextWriter? output, string path, bool isResumed)
        {
            if (output is not null)
            {
                _output = output;
                return;
            }
            var whole = isResumed && File.Exists(path) ? Read(path) : 0;
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
            stream.SetLength(whole);                // a line that a crash cut short goes
            stream.Position = whole;
            _output = new StreamWriter(stream) { AutoFlush = true, NewLine = "\n" };
        }

        public override IReadOnlyDictionary<string, ImagePrediction> Done => _done;

        public override void Add(ImagePrediction image) => _output.WriteLine(Json.Text(image, Json.Line));

        public override void Complete()
        {
            if (_output is StreamWriter) _output.Dispose();
        }

        /// <summary>Reads whole lines; returns the bytes that they take. An image that failed is tried again.</summary>
        long Read(string path)
        {
            var (bytes, length) = (File.ReadAllBytes(path), 0);
            while (bytes.AsSpan(length).IndexOf((byte)'\n') is >= 0 and var end)
            {
                try
                {
                    var image = JsonSerializer.Deserialize<ImagePrediction>(bytes.AsSpan(length, end), Json.Line)!;
                    if (image.Error is null) _done[image.File] = image;
                }
                catch (JsonException)
                {
                    throw new UsageException($"--resume: {path} is not of 'paa predict --format jsonl'; choose another file.");
                }
                length += end + 1;
            }
            return length;
        }
    }

    /// <summary>A text file for each image, and <c>classes.txt</c>.</summary>
    sealed class YoloFolder : ResultWriter
    {
        readonly string _folder;
        readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase) { "classes" };

        public YoloFolder(string folder, IReadOnlyList<string> classes)
        {
            _folder = folder;
            File.WriteAllBytes(Path.Combine(folder, YoloMark), []);
            AtomicFile.WriteText(Path.Combine(folder, "classes.txt"), string.Concat(classes.Select(name => name + "\n")));
        }

        public override void Add(ImagePrediction image)
        {
            if (image.Error is not null) return;
            var text = new StringBuilder();
            foreach (var found in image.Detections)
            {
                var (x1, y1, x2, y2) = (found.Box[0], found.Box[1], found.Box[2], found.Box[3]);
                text.Append(CultureInfo.InvariantCulture, $"{found.Label} {(x1 + x2) / 2 / image.Width:0.######} ")
                    .Append(CultureInfo.InvariantCulture, $"{(y1 + y2) / 2 / image.Height:0.######} ")
                    .Append(CultureInfo.InvariantCulture, $"{(x2 - x1) / image.Width:0.######} ")
                    .Append(CultureInfo.InvariantCulture, $"{(y2 - y1) / image.Height:0.######} {found.Score:0.####}\n");
            }
            var stem = Path.GetFileNameWithoutExtension(image.File);
            var name = stem;
            for (var number = 2; !_taken.Add(name); number++) name = $"{stem}_{number}";
            AtomicFile.WriteText(Path.Combine(_folder, name + ".txt"), text.ToString());
        }
    }
}
