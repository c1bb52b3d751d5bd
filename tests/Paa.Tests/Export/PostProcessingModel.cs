using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Paa.Boxes;
using Paa.Data;
using Paa.Export;
using Paa.Inference;
using Paa.Models;
using Paa.Onnx;
using Paa.Options;

namespace Paa.Tests.Export;

/// <summary>A model that is post-processing alone: outputs of the head in, detections out, in ONNX Runtime.</summary>
sealed class PostProcessingModel : IDisposable
{
    readonly InferenceSession _session;
    readonly int _levelCount;

    public PostProcessingModel(ModelOptions options, bool voting, int opset = OnnxModel.DefaultOpset)
    {
        var model = new OnnxModel(opset);
        _levelCount = options.Head.Anchors.Strides.Length;
        var outputs = new HeadOutputs<GraphTensor>(
            Inputs("class", options.Head.ClassCount), Inputs("deltas", 4), Inputs("iou", 1));
        var frame = ImageFrame.Of(Sizes("image_sizes"), Sizes("original_sizes"));
        var detections = new DetectionGraph(options).Detect(
            new CandidateGraph(options).SelectCandidates(outputs, frame), voting);
        detections.Boxes.Output("boxes", OnnxType.Float32, "batch", "detections", 4);
        detections.Scores.Output("scores", OnnxType.Float32, "batch", "detections");
        detections.Labels.Output("labels", OnnxType.Int64, "batch", "detections");
        detections.Counts.Output("counts", OnnxType.Int64, "batch");
        Bytes = model.ToBytes();
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        _session = new InferenceSession(Bytes, settings);

        GraphTensor[] Inputs(string name, int channels) => [.. Enumerable.Range(0, _levelCount).Select(level =>
            new GraphTensor(model, model.Graph.Input(
                $"{name}{level}", OnnxType.Float32, "batch", channels, $"height{level}", $"width{level}")))];

        GraphTensor Sizes(string name) => new(model, model.Graph.Input(name, OnnxType.Int64, "batch", 2));
    }

    public byte[] Bytes { get; }

    /// <summary>Detections of images whose maps have one size.</summary>
    public Detection[][] Run(IReadOnlyList<ViewOutput> images)
    {
        var inputs = new List<NamedOnnxValue>();
        for (var level = 0; level < _levelCount; level++)
        {
            var size = images[0].Levels[level].Size;
            Add($"class{level}", images.Select(image => image.Levels[level].ClassLogits), size);
            Add($"deltas{level}", images.Select(image => image.Levels[level].BoxDeltas), size);
            Add($"iou{level}", images.Select(image => image.Levels[level].IouLogits), size);
        }
        AddSizes("image_sizes", geometry => geometry.ImageShape);
        AddSizes("original_sizes", geometry => geometry.OriginalShape);
        using var results = _session.Run(inputs);
        return DetectionsOf(results);

        void Add(string name, IEnumerable<ReadOnlyMemory<float>> maps, ImageSize size)
        {
            float[] all = [.. maps.SelectMany(map => map.ToArray())];
            inputs.Add(NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(
                all, [images.Count, all.Length / images.Count / size.Area, size.Height, size.Width])));
        }

        void AddSizes(string name, Func<ImageGeometry, ImageSize> size) =>
            inputs.Add(NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(
                images.SelectMany(image => new long[] { size(image.Geometry).Height, size(image.Geometry).Width }).ToArray(),
                [images.Count, 2])));
    }

    /// <summary>The detections of a model with the outputs boxes, scores, labels, counts; checks what fills up.</summary>
    public static Detection[][] DetectionsOf(IReadOnlyCollection<DisposableNamedOnnxValue> results)
    {
        var byName = results.ToDictionary(result => result.Name);
        var (boxes, scores) = (byName["boxes"].AsTensor<float>(), byName["scores"].AsTensor<float>());
        var (labels, counts) = (byName["labels"].AsTensor<long>(), byName["counts"].AsTensor<long>());
        Assert.Equal(counts.Max(), scores.Dimensions[1]);
        var images = new Detection[counts.Length][];
        for (var n = 0; n < images.Length; n++)
        {
            images[n] = [.. Enumerable.Range(0, (int)counts[n]).Select(i => new Detection(
                new Box(boxes[n, i, 0], boxes[n, i, 1], boxes[n, i, 2], boxes[n, i, 3]), scores[n, i], (int)labels[n, i]))];
            for (var i = (int)counts[n]; i < scores.Dimensions[1]; i++)
                Assert.Equal((0, -1, 0), (scores[n, i], labels[n, i], boxes[n, i, 2]));
        }
        return images;
    }

    public void Dispose() => _session.Dispose();
}
