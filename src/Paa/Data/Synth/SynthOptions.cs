namespace Paa.Data.Synth;

/// <summary>Options of <see cref="SynthDataset"/>. The same options give the same files.</summary>
public sealed record SynthOptions
{
    /// <summary>Seed of the random numbers.</summary>
    public int Seed { get; init; }

    /// <summary>Number of images in train.json; 0 leaves the split out.</summary>
    public int TrainImages { get; init; } = 200;

    /// <summary>Number of images in val.json.</summary>
    public int ValImages { get; init; } = 50;

    /// <summary>Number of images in test.json.</summary>
    public int TestImages { get; init; } = 50;

    /// <summary>Height of the images in pixels, at least 32.</summary>
    public int Height { get; init; } = 240;

    /// <summary>Width of the images in pixels, at least 32.</summary>
    public int Width { get; init; } = 320;

    /// <summary>Classes, in the order of their category ids 1, 2, ...</summary>
    public SynthShape[] Shapes { get; init; } = [SynthShape.Circle, SynthShape.Square, SynthShape.Triangle, SynthShape.Star];

    /// <summary>Largest number of objects in an image, crowds not counted. The number is uniform from 1 up to this.</summary>
    public int MaxObjects { get; init; } = 6;

    /// <summary>Smallest diameter of an object as a fraction of the shorter side; sizes are uniform in the logarithm.</summary>
    public double MinSize { get; init; } = 0.12;

    /// <summary>Largest diameter of an object as a fraction of the shorter side.</summary>
    public double MaxSize { get; init; } = 0.6;

    /// <summary>Fraction of an object that later ones may cover.</summary>
    public double MaxOcclusion { get; init; } = 0.5;

    /// <summary>Fraction of the images without any object.</summary>
    public double EmptyRatio { get; init; } = 0.05;

    /// <summary>Fraction of the other images with a crowd: many small objects, annotated as one region with iscrowd 1.</summary>
    public double CrowdRatio { get; init; } = 0.1;

    /// <summary>Quality of the JPEG files, 1..100.</summary>
    public int JpegQuality { get; init; } = 92;

    /// <exception cref="ArgumentException">A value is invalid; the message names it.</exception>
    internal void Validate()
    {
        Require(TrainImages >= 0 && ValImages >= 0 && TestImages >= 0, "the numbers of images must not be negative");
        Require(Height is >= 32 and <= 8192 && Width is >= 32 and <= 8192,
            $"the size must be 32 to 8192 pixels a side, got {Height}x{Width}");
        Require(Shapes.Length > 0 && Shapes.Distinct().Count() == Shapes.Length && Shapes.All(Enum.IsDefined),
            "shapes must be different, at least one");
        Require(MaxObjects is >= 1 and <= 1000, $"max objects must be 1 to 1000, got {MaxObjects}");
        Require(MinSize > 0 && MinSize <= MaxSize && MaxSize <= 1,
            $"sizes must be 0 < min <= max <= 1, got {MinSize} and {MaxSize}");
        Require(MaxOcclusion is >= 0 and < 1, $"max occlusion must be in [0, 1), got {MaxOcclusion}");
        Require(EmptyRatio is >= 0 and <= 1 && CrowdRatio is >= 0 and <= 1, "ratios must be in [0, 1]");
        Require(JpegQuality is >= 1 and <= 100, $"JPEG quality must be 1 to 100, got {JpegQuality}");

        static void Require(bool condition, string problem)
        {
            if (!condition) throw new ArgumentException($"Synthetic data: {problem}.");
        }
    }
}
