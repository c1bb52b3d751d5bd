namespace Paa.Imaging;

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

    /// <summary>Letter height of captions, as in <see cref="Image.DrawText"/>.</summary>
    public double CaptionScale { get; init; } = 0.45;

    /// <summary>Colour between pictures.</summary>
    public Color Background { get; init; } = new(24, 26, 30);
}
