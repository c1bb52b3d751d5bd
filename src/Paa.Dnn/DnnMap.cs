namespace Paa.Dnn;

/// <summary>A map between two layers of a plan; it has values only while the plan runs.</summary>
public readonly record struct DnnMap
{
    internal DnnMap(int id, int channels, int height, int width) => (Id, Channels, Height, Width) = (id, channels, height, width);

    internal int Id { get; }

    /// <summary>Channels, C.</summary>
    public int Channels { get; }

    /// <summary>Rows, H.</summary>
    public int Height { get; }

    /// <summary>Columns, W.</summary>
    public int Width { get; }
}
