using System.Runtime.InteropServices;
using Paa.Assignment;
using Paa.Boxes;
using Paa.Data;
using Paa.Inference;
using Paa.Models;

namespace Paa.Benchmarks.Works;

/// <summary>What a head might say about an image with known objects: the input of assignment and post-processing.</summary>
/// <remarks>
/// The candidates of every object, found by IoU, score for its class and for another one, the more the better they overlap;
/// their deltas lead near to the object. All else is quiet. Equal settings give equal numbers; with <c>data=DIR</c> they are
/// also written there as raw little-endian files, from which the Python peer reads them.
/// </remarks>
sealed class HeadProblem
{
    /// <param name="settings"><c>height</c>, <c>width</c>, <c>classes</c>, <c>objects</c>, <c>data</c>.</param>
    public HeadProblem(WorkSettings settings)
    {
        Size = new ImageSize(settings.Int("height", 800), settings.Int("width", 1344));
        ClassCount = settings.Int("classes", 80);
        var random = new Random(1);
        Grid = new AnchorGenerator(new()).Grid(Size);
        Boxes = [.. Enumerable.Range(0, settings.Int("objects", 50)).Select(_ => Workload.RandomBox(random, Size))];
        Labels = [.. Boxes.Select(_ => random.Next(ClassCount))];
        Candidates = new MaxIouMatcher(new()).Match(Grid, Size, Targets);
        Levels = [.. Grid.Levels.Select(level => QuietLevel(random, level.Size))];
        for (var i = 0; i < Candidates.Anchors.Length; i++) Speak(random, Candidates.Anchors[i], Candidates.Boxes[i]);
        if (settings.Text("data") is { Length: > 0 } folder)
            Write(Path.Combine(folder, $"head_{Size.Height}x{Size.Width}_{ClassCount}_{Boxes.Length}"));
    }

    public ImageSize Size { get; }

    public int ClassCount { get; }

    public AnchorGrid Grid { get; }

    public Box[] Boxes { get; }

    public int[] Labels { get; }

    public Targets Targets => new(Boxes, Labels, Ignored: []);

    public Candidates Candidates { get; }

    public Level[] Levels { get; }

    /// <summary>The outputs as those of an image that was not resized.</summary>
    public ViewOutput View => new([.. Levels.Select(level => level.Output)], Grid, ImageGeometry.Unchanged(Size));

    /// <summary>Outputs in the layout of a network: [K, H, W], [4, H, W], [1, H, W].</summary>
    public sealed record Level(float[] ClassLogits, float[] BoxDeltas, float[] IouLogits, ImageSize Size)
    {
        public LevelOutput Output => new(ClassLogits, BoxDeltas, IouLogits, Size);
    }

    Level QuietLevel(Random random, ImageSize size)
    {
        return new Level(Noise(ClassCount, -8, 0.5f), Noise(4, 0, 0.3f), Noise(1, 0, 0.5f), size);

        float[] Noise(int channels, float mean, float range)
        {
            var values = new float[channels * size.Area];
            foreach (ref var value in values.AsSpan()) value = mean + range * (2 * random.NextSingle() - 1);
            return values;
        }
    }

    void Speak(Random random, int anchor, int box)
    {
        var level = Array.FindLastIndex(Grid.LevelStarts, start => start <= anchor);
        var (output, place, area) = (Levels[level], anchor - Grid.LevelStarts[level], Levels[level].Size.Area);
        var iou = BoxOverlap.Iou(Grid.Boxes[anchor], Boxes[box]);
        var other = (Labels[box] + 1 + random.Next(Math.Max(1, ClassCount - 1))) % ClassCount;
        output.ClassLogits[other * area + place] = -6.5f + 4 * iou + random.NextSingle();
        output.ClassLogits[Labels[box] * area + place] = -5.5f + 7 * iou + random.NextSingle();
        output.IouLogits[place] = 2 * iou + random.NextSingle();
        var delta = BoxCoder.Encode(Grid.Boxes[anchor], Boxes[box]);
        ReadOnlySpan<(int, float)> deltas = [(0, delta.X), (1, delta.Y), (2, delta.Width), (3, delta.Height)];
        foreach (var (axis, value) in deltas)
            output.BoxDeltas[axis * area + place] += value;
    }

    void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "boxes.f32"), MemoryMarshal.AsBytes(Boxes.AsSpan()));
        File.WriteAllBytes(Path.Combine(folder, "labels.i32"), MemoryMarshal.AsBytes(Labels.AsSpan()));
        foreach (var (i, level) in Levels.Index())
        {
            File.WriteAllBytes(Path.Combine(folder, $"class{i}.f32"), MemoryMarshal.AsBytes(level.ClassLogits.AsSpan()));
            File.WriteAllBytes(Path.Combine(folder, $"delta{i}.f32"), MemoryMarshal.AsBytes(level.BoxDeltas.AsSpan()));
            File.WriteAllBytes(Path.Combine(folder, $"iou{i}.f32"), MemoryMarshal.AsBytes(level.IouLogits.AsSpan()));
        }
    }
}
