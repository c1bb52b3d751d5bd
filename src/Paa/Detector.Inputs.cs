using System.Buffers;
using Paa.Imaging;
using Paa.Inference;

namespace Paa;

/// <content>The ways into a detector besides an <see cref="Image"/>: files, streams, bytes, pixels, tasks.</content>
public sealed partial class Detector
{
    /// <summary>Detects the objects in an image file.</summary>
    /// <param name="file">Its path: JPEG, PNG, BMP, WebP or TIFF.</param>
    /// <param name="options">What to keep; null: as given when loading, else as configured.</param>
    /// <param name="cancellation">Stops before the next stage.</param>
    /// <returns>The objects, best first, boxes in pixels of the image as it is shown, that is turned by its EXIF
    /// orientation.</returns>
    /// <exception cref="ImageException">The file cannot be read.</exception>
    public Detection[] Detect(string file, DetectionOptions? options = null, CancellationToken cancellation = default)
    {
        using var image = Read(() => Image.Load(file));
        return Detect(image, options, cancellation);
    }

    /// <summary>Detects the objects in an image file that comes from a stream.</summary>
    /// <param name="stream">Read to its end. Borrowed.</param>
    /// <param name="options">What to keep.</param>
    /// <param name="cancellation">Stops before the next stage.</param>
    /// <returns>As for an image file.</returns>
    /// <exception cref="ImageException">It is not an image file, or is damaged.</exception>
    public Detection[] Detect(Stream stream, DetectionOptions? options = null, CancellationToken cancellation = default)
    {
        using var image = Read(() => Image.Load(stream));
        return Detect(image, options, cancellation);
    }

    /// <summary>Detects the objects in an image file that lies in memory.</summary>
    /// <param name="file">The whole file, not its pixels. Borrowed.</param>
    /// <param name="options">What to keep.</param>
    /// <param name="cancellation">Stops before the next stage.</param>
    /// <returns>As for an image file.</returns>
    /// <exception cref="ImageException">It is not an image file, or is damaged.</exception>
    public Detection[] Detect(
        ReadOnlySpan<byte> file, DetectionOptions? options = null, CancellationToken cancellation = default)
    {
        Image image;
        using (PredictionActivity.Start(PredictionActivity.Read)) image = Image.Decode(file);
        using (image) return Detect(image, options, cancellation);
    }

    /// <summary>Detects the objects in pixels, such as a frame of a camera.</summary>
    /// <param name="pixels">Rows from the top. Borrowed.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="format">How a pixel lies in memory.</param>
    /// <param name="stride">Bytes from one row to the next; 0: rows follow each other without a gap.</param>
    /// <param name="options">What to keep.</param>
    /// <param name="cancellation">Stops before the next stage.</param>
    /// <returns>As for an image.</returns>
    /// <exception cref="ArgumentException">The size is not positive, or there are too few bytes for it.</exception>
    public Detection[] Detect(ReadOnlySpan<byte> pixels, int height, int width, PixelFormat format, int stride = 0,
        DetectionOptions? options = null, CancellationToken cancellation = default)
    {
        using var image = Image.FromPixels(pixels, height, width, format, stride);
        return Detect(image, options, cancellation);
    }

    /// <summary>Detects on a thread of the pool.</summary>
    /// <param name="image">Any size. Borrowed until the task has ended.</param>
    /// <param name="options">What to keep.</param>
    /// <param name="cancellation">Stops before the next stage.</param>
    /// <returns>As for an image.</returns>
    public Task<Detection[]> DetectAsync(
        Image image, DetectionOptions? options = null, CancellationToken cancellation = default) =>
        Task.Run(() => Detect(image, options, cancellation), cancellation);

    /// <summary>Detects in several images on a thread of the pool; those of equal padded size run together.</summary>
    /// <param name="images">Any sizes. Borrowed until the task has ended.</param>
    /// <param name="options">What to keep.</param>
    /// <param name="cancellation">Stops before the next stage of the next images.</param>
    /// <returns>For each image its objects.</returns>
    public Task<Detection[][]> DetectAsync(
        IReadOnlyList<Image> images, DetectionOptions? options = null, CancellationToken cancellation = default) =>
        Task.Run(() => Detect(images, options, cancellation), cancellation);

    /// <summary>Reads, decodes and detects on a thread of the pool.</summary>
    /// <param name="file">Path of an image file.</param>
    /// <param name="options">What to keep.</param>
    /// <param name="cancellation">Stops before the next stage.</param>
    /// <returns>As for an image file.</returns>
    /// <exception cref="ImageException">The file cannot be read.</exception>
    public Task<Detection[]> DetectAsync(
        string file, DetectionOptions? options = null, CancellationToken cancellation = default) =>
        Task.Run(() => Detect(file, options, cancellation), cancellation);

    /// <summary>Decodes and detects on a thread of the pool.</summary>
    /// <param name="file">A whole image file. Borrowed until the task has ended.</param>
    /// <param name="options">What to keep.</param>
    /// <param name="cancellation">Stops before the next stage.</param>
    /// <returns>As for an image file.</returns>
    /// <exception cref="ImageException">It is not an image file, or is damaged.</exception>
    public Task<Detection[]> DetectAsync(
        ReadOnlyMemory<byte> file, DetectionOptions? options = null, CancellationToken cancellation = default) =>
        Task.Run(() => Detect(file.Span, options, cancellation), cancellation);

    /// <summary>Reads a stream without holding a thread, such as the body of a request, then decodes and detects on a thread of
    /// the pool.</summary>
    /// <param name="stream">Read to its end, at most as many bytes as <see cref="ImageLimits.Default"/> says. Borrowed.</param>
    /// <param name="options">What to keep.</param>
    /// <param name="cancellation">Stops reading, or before the next stage.</param>
    /// <returns>As for an image file.</returns>
    /// <exception cref="ImageException">It is not an image file, is too large, or is damaged.</exception>
    public async Task<Detection[]> DetectAsync(
        Stream stream, DetectionOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        const int chunk = 1 << 16;
        var file = new ArrayBufferWriter<byte>(chunk);
        while (await stream.ReadAsync(file.GetMemory(chunk), cancellation).ConfigureAwait(false) is > 0 and var count)
        {
            file.Advance(count);
            if (file.WrittenCount > ImageLimits.Default.MaxFileBytes)
                throw new ImageException("stream", $"more than {ImageLimits.Default.MaxFileBytes} bytes, the limit for a file");
        }
        return await DetectAsync(file.WrittenMemory, options, cancellation).ConfigureAwait(false);
    }

    /// <summary>Draws detections onto their image: boxes, names, scores.</summary>
    /// <param name="image">The image; changed.</param>
    /// <param name="detections">What <see cref="Detect(Image, DetectionOptions?, CancellationToken)"/> found in it.</param>
    public void Draw(Image image, IReadOnlyList<Detection> detections)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(detections);
        new DetectionPainter(Classes).Draw(image, [.. detections]);
    }

    /// <summary>Draws detections onto a copy of their image file.</summary>
    /// <param name="file">The image file.</param>
    /// <param name="detections">What was found in it.</param>
    /// <param name="target">The picture, written whole or not at all; its extension chooses the format.</param>
    /// <exception cref="ImageException">A file cannot be read or written.</exception>
    public void Draw(string file, IReadOnlyList<Detection> detections, string target)
    {
        using var image = Image.Load(file);
        Draw(image, detections);
        image.Save(target);
    }

    static Image Read(Func<Image> load)
    {
        using var activity = PredictionActivity.Start(PredictionActivity.Read);
        return load();
    }
}
