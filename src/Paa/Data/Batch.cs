using System.Buffers;
using Paa.Assignment;
using Paa.Boxes;
using Paa.Imaging;

namespace Paa.Data;

/// <summary>One image of a <see cref="Batch"/>: its source, its transformation and its targets.</summary>
public sealed record Sample
{
    /// <summary>Index into <see cref="CocoDataset.Images"/>.</summary>
    public int Index { get; init; }

    /// <summary>The image's id in the annotation file.</summary>
    public long ImageId { get; init; }

    /// <summary>The file it was read from; empty for an image that came from no file.</summary>
    public string File { get; init; } = "";

    /// <summary>Sizes, scale factors and flips.</summary>
    public required ImageGeometry Geometry { get; init; }

    /// <summary>The objects in pixels of the network's input; none in evaluation.</summary>
    public Targets Targets { get; init; } = Targets.None;

    /// <summary>First stage of the assignment: the batch's anchors considered for each object; none in evaluation.</summary>
    public Candidates Candidates { get; init; } = Candidates.None;
}

/// <summary>
/// Images ready for the network, with their targets. Dispose a batch to return its pixels to the pool.
/// </summary>
public sealed class Batch : IDisposable
{
    readonly AnchorGrid? _grid;
    readonly bool _isPooled;
    float[]? _pixels;

    /// <summary>Creates a batch from pixels that the caller allocated.</summary>
    /// <param name="pixels">[N, 3, Height, Width], zero outside the images. Held.</param>
    /// <param name="size">Height and width.</param>
    /// <param name="images">One entry per image.</param>
    /// <param name="grid">Anchors of this size, for training.</param>
    /// <exception cref="ArgumentException">The number of pixels does not fit the images.</exception>
    public Batch(float[] pixels, ImageSize size, IReadOnlyList<Sample> images, AnchorGrid? grid = null)
        : this(pixels, size, images, grid, isPooled: false)
    {
        if (pixels.Length != PixelCount(images.Count, size))
            throw new ArgumentException($"Batch: {pixels.Length} pixels do not fit {images.Count} images of {size}.");
    }

    Batch(float[] pixels, ImageSize size, IReadOnlyList<Sample> images, AnchorGrid? grid, bool isPooled) =>
        (_pixels, Size, Images, _grid, _isPooled) = (pixels, size, images, grid, isPooled);

    /// <summary>Creates a batch whose pixels come from the pool and return there; their content is arbitrary.</summary>
    internal static Batch Rent(ImageSize size, IReadOnlyList<Sample> images, AnchorGrid? grid) =>
        new(ArrayPool<float>.Shared.Rent(PixelCount(images.Count, size)), size, images, grid, isPooled: true);

    /// <summary>
    /// Normalised pixels, [N, 3, Height, Width], zero outside the images. Borrowed until the batch is disposed.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The batch has been disposed.</exception>
    public ReadOnlySpan<float> Pixels => Writable;

    /// <summary>Height and width of the network's input: the largest of the images' padded sizes.</summary>
    public ImageSize Size { get; }

    /// <summary>The images.</summary>
    public IReadOnlyList<Sample> Images { get; }

    /// <summary>All anchors of this size.</summary>
    /// <exception cref="InvalidOperationException">The batch was made for evaluation.</exception>
    public AnchorGrid Grid => _grid ?? throw new InvalidOperationException("Batch: made for evaluation, it has no anchors.");

    /// <summary>The pixels of one image, [3, Height, Width], to be filled.</summary>
    internal Span<float> Canvas(int image) => Writable.Slice(image * PixelCount(1, Size), PixelCount(1, Size));

    Span<float> Writable
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pixels is null, this);
            return _pixels.AsSpan(0, PixelCount(Images.Count, Size));
        }
    }

    /// <summary>Returns the pixels to the pool. Spans taken before must not be used afterwards.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _pixels, null) is { } pixels && _isPooled) ArrayPool<float>.Shared.Return(pixels);
    }

    static int PixelCount(int images, ImageSize size) => checked(images * Image.Channels * size.Area);
}
