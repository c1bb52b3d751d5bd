using Paa.Boxes;

namespace Paa.Data;

/// <summary>One image of a <see cref="Batch"/>: where it comes from, what became of it, and what is to be found in it.</summary>
public sealed record Sample
{
    /// <summary>Index into <see cref="CocoDataset.Images"/>.</summary>
    public required int Index { get; init; }

    /// <summary>Its id in the annotation file.</summary>
    public required long ImageId { get; init; }

    /// <summary>The file it was read from.</summary>
    public required string File { get; init; }

    /// <summary>Its sizes, scale factors and flips.</summary>
    public required ImageGeometry Geometry { get; init; }

    /// <summary>Size of the decoded image.</summary>
    public ImageSize OriginalShape => Geometry.OriginalShape;

    /// <summary>Size after resizing: where its pixels are.</summary>
    public ImageSize ImageShape => Geometry.ImageShape;

    /// <summary>Its own padded size, which may be less than its batch's.</summary>
    public ImageSize PadShape => Geometry.PadShape;

    /// <summary>What boxes were multiplied with: width, height, width, height.</summary>
    public float[] ScaleFactor => Geometry.ScaleFactor;

    /// <summary>The objects in pixels of the network's input; empty in evaluation.</summary>
    public Box[] Boxes { get; init; } = [];

    /// <summary>Label of each box.</summary>
    public int[] Labels { get; init; } = [];

    /// <summary>Boxes around crowds, in pixels of the network's input.</summary>
    public Box[] Ignored { get; init; } = [];
}
