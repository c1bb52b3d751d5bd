using System.Runtime.InteropServices;
using Paa.Boxes;
using Paa.Data;
using Paa.Export;
using Paa.Imaging;
using Paa.Inference;
using Paa.Options;

namespace Paa.Tests.Export;

/// <summary>Programs that nobody here wrote take the exported files: ONNX's checker, and ONNX Runtime in Node.</summary>
public sealed class OtherProgramsTests : IDisposable
{
    const string Checker = """
        import sys, onnx
        for path in sys.argv[1:]:
            model = onnx.load(path)
            onnx.checker.check_model(model, full_check=True)
            onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        print(onnx.__version__)
        """;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Checker_WithShapeInference_FindsNothingWrong()
    {
        const string python = "/usr/bin/python3";
        Skip.IfNot(Directory.Exists("/usr/lib/python3/dist-packages/onnx"), "Debian's python3-onnx is not installed.");
        var files = new List<string>();
        foreach (var input in Enum.GetValues<OnnxInput>())
            foreach (var output in Enum.GetValues<OnnxOutput>())
                files.Add(Export(SeededDetector.Config(Narrow(18), classes: 3), new() { Input = input, Output = output }));
        var original = SeededDetector.Config(Narrow(50), classes: 3);
        files.Add(Export(original with { Model = original.Model with { Profile = SemanticsProfile.Original } }));
        files.Add(Export(original, new OnnxExportOptions { Size = new ImageSize(128, 160) }));
        Programs.Run(python, ["-c", Checker, .. files]);
    }

    [SkippableFact]
    public void Node_FindsWhatPaaFinds()
    {
        Skip.If(NodeClient.Obstacle is not null, NodeClient.Obstacle);
        var (deep, none) = (SeededDetector.Config(Narrow(50)), SeededDetector.Config(Narrow(18)));
        var cases = new List<Case>();
        foreach (var size in new[] { new ImageSize(120, 160), new ImageSize(300, 200), new ImageSize(97, 211) })
        {
            cases.Add(new Case(SeededDetector.Config(Narrow(18)), new() { Output = OnnxOutput.Voting }, size, 1));
            cases.Add(new Case(deep, new() { Output = OnnxOutput.Nms }, size, 3));
        }
        cases.Add(new Case(deep, new() { Input = OnnxInput.Normalized }, new ImageSize(150, 201), 3));
        cases.Add(new Case(deep, new() { Input = OnnxInput.Resized }, new ImageSize(150, 201), 1));
        cases.Add(new Case(SeededDetector.Config(Narrow(101), classes: 5), new(), new ImageSize(140, 90), 1));
        cases.Add(new Case(SeededDetector.Config(OnnxExportTests.Deformable, classes: 5), new(), new ImageSize(140, 90), 3));
        var limits = none.Model.PostProcessing with { ScoreThreshold = 0.9999f };
        none = none with { Model = none.Model with { PostProcessing = limits } };
        cases.Add(new Case(none, new(), new ImageSize(120, 160), 3));

        var files = new Dictionary<(PaaConfig, OnnxExportOptions), string>();
        var answers = NodeClient.Run(cases.Select(own => own.Job(
            files.TryGetValue((own.Config, own.Options), out var file) ? file
                : files[(own.Config, own.Options)] = Export(own.Config, own.Options))));
        foreach (var (own, answer) in cases.Zip(answers)) own.Check(answer, isEmpty: own.Config == none);
    }

    string Export(PaaConfig config, OnnxExportOptions? options = null)
    {
        var file = _folder[$"{Guid.NewGuid():N}.onnx"];
        OnnxExport.Write(SeededDetector.Create(config), file, options);
        return file;
    }

    static BackboneOptions Narrow(int depth) => new() { Depth = depth, BaseChannels = 8 };

    /// <summary>Images of one size for a detector.</summary>
    sealed record Case(PaaConfig Config, OnnxExportOptions Options, ImageSize Size, int Count)
    {
        Image[] Images() =>
            [.. Enumerable.Range(1, Count).Select(seed => SeededDetector.Picture(Size.Height, Size.Width, seed))];

        public NodeClient.Job Job(string model)
        {
            var transform = new ImageTransform(Config.Data.Normalization, Config.Data.SizeDivisor);
            var geometry = transform.Plan(Size, ImageView.Plain(Config.Data.Test));
            var images = Images();
            var feeds = new Dictionary<string, NodeClient.Feed>();
            if (Options.Input == OnnxInput.Normalized)
            {
                float[] pixels = [.. images.SelectMany(image => transform.Apply(image, geometry))];
                feeds["images"] = new("float32", [Count, 3, geometry.PadShape.Height, geometry.PadShape.Width],
                    MemoryMarshal.AsBytes(pixels.AsSpan()).ToArray());
                feeds["image_sizes"] = Sizes(geometry.ImageShape);
            }
            else
            {
                var shape = Options.Input == OnnxInput.Resized ? geometry.ImageShape : Size;
                feeds["images"] = new("uint8", [Count, shape.Height, shape.Width, 3],
                    [.. images.SelectMany(image => Rgb(image.Resize(shape.Height, shape.Width)))]);
            }
            if (Options.Input != OnnxInput.Decoded) feeds["original_sizes"] = Sizes(Size);
            return new NodeClient.Job(model, feeds);

            NodeClient.Feed Sizes(ImageSize size)
            {
                long[] values = [.. Enumerable.Repeat(new long[] { size.Height, size.Width }, Count).SelectMany(pair => pair)];
                return new("int64", [Count, 2], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
            }

            static byte[] Rgb(Image image)
            {
                var pixels = image.Pixels.ToArray();
                for (var i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 2]) = (pixels[i + 2], pixels[i]);
                return pixels;
            }
        }

        public void Check(NodeClient.Answer answer, bool isEmpty)
        {
            var loaded = OnnxExport.Configured(SeededDetector.Create(Config), Options.Output);
            using var detector = Detector.Of(loaded);
            var expected = detector.Detect(Images());
            var (boxes, scores) = (answer.Outputs["boxes"], answer.Outputs["scores"]);
            var (labels, counts) = (answer.Outputs["labels"], answer.Outputs["counts"]);
            Assert.Equal(Count, counts.Data.Length);
            Assert.Equal([Count, (int)counts.Data.Max(), 4], boxes.Dims);
            for (var n = 0; n < Count; n++)
            {
                Assert.Equal(isEmpty, expected[n].Length == 0);
                var first = n * boxes.Dims[1];
                Detection[] actual = [.. Enumerable.Range(first, (int)counts.Data[n]).Select(i => new Detection(
                    new Box((float)boxes.Data[4 * i], (float)boxes.Data[4 * i + 1], (float)boxes.Data[4 * i + 2],
                        (float)boxes.Data[4 * i + 3]), (float)scores.Data[i], (int)labels.Data[i]))];
                PostProcessingGraphTests.AssertSame(
                    expected[n], actual, loaded.Config.Model.Head.ScoreVoting, boxes: 1e-2f, scores: 1e-4f);
            }
        }
    }
}
