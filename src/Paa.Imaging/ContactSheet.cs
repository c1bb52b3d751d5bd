namespace Paa.Imaging;

/// <summary>A grid of small pictures with captions, filled one after another.</summary>
/// <remarks>Each picture is scaled down as it comes, so that only the sheet is in memory.</remarks>
public sealed class ContactSheet : IDisposable
{
    const int CaptionGap = 3;

    readonly ContactSheetOptions _options;
    readonly int _columns;
    readonly int _capacity;
    readonly int _captionHeight;
    int _count;

    /// <summary>Makes an empty sheet.</summary>
    /// <param name="capacity">Pictures it will have, at least 1.</param>
    /// <param name="options">Its looks; null: the defaults.</param>
    public ContactSheet(int capacity, ContactSheetOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _options = options ?? new ContactSheetOptions();
        _capacity = capacity;
        _columns = Math.Clamp(_options.Columns ?? (int)Math.Ceiling(Math.Sqrt(capacity)), 1, capacity);
        _captionHeight = new TextLine("", _options.CaptionSize).Height + CaptionGap;
        var rows = (capacity + _columns - 1) / _columns;
        Picture = new Image(
            rows * RowHeight + _options.Margin,
            _columns * (_options.CellWidth + _options.Margin) + _options.Margin,
            _options.Background);
    }

    /// <summary>The sheet. Held: disposed with this object.</summary>
    public Image Picture { get; }

    int RowHeight => _options.CellHeight + _captionHeight + _options.Margin;

    /// <summary>Puts a picture into the next cell.</summary>
    /// <param name="image">Scaled to fit the cell, centred. Borrowed.</param>
    /// <param name="caption">One line below it; cut where the cell ends.</param>
    /// <exception cref="InvalidOperationException">The sheet is full.</exception>
    public void Add(Image image, string caption)
    {
        if (_count == _capacity) throw new InvalidOperationException($"ContactSheet: it has room for {_capacity} pictures.");
        var left = _options.Margin + _count % _columns * (_options.CellWidth + _options.Margin);
        var top = _options.Margin + _count / _columns * RowHeight;
        _count++;

        var factor = Math.Min((double)_options.CellHeight / image.Height, (double)_options.CellWidth / image.Width);
        var (height, width) = (Math.Max(1, (int)(image.Height * factor)), Math.Max(1, (int)(image.Width * factor)));
        using var small = image.Resize(height, width, factor < 1 ? Interpolation.Area : Interpolation.Linear);
        Picture.Paste(small, left + (_options.CellWidth - width) / 2, top + (_options.CellHeight - height) / 2);

        var line = new TextLine(caption, _options.CaptionSize, _options.CellWidth);
        using var canvas = new Canvas(Picture);
        canvas.DrawText(line, left, top + _options.CellHeight + CaptionGap, _options.Background.Contrast);
    }

    /// <inheritdoc/>
    public void Dispose() => Picture.Dispose();
}

/// <summary>Looks of a <see cref="ContactSheet"/>. Sizes in pixels.</summary>
public sealed record ContactSheetOptions
{
    /// <summary>Pictures side by side; null: about as many as rows.</summary>
    public int? Columns { get; init; }

    /// <summary>Width a picture is fitted into.</summary>
    public int CellWidth { get; init; } = 400;

    /// <summary>Height a picture is fitted into, without its caption.</summary>
    public int CellHeight { get; init; } = 300;

    /// <summary>Space around pictures.</summary>
    public int Margin { get; init; } = 8;

    /// <summary>Font size of captions.</summary>
    public double CaptionSize { get; init; } = 14;

    /// <summary>Colour between pictures.</summary>
    public Color Background { get; init; } = new(24, 26, 30);
}
