using Paa.Imaging;

namespace Paa.Data.Synth;

/// <summary>An image that records the owner of each pixel; boxes and areas are computed from the owners.</summary>
sealed class SynthCanvas(int height, int width) : IDisposable
{
    const int Nobody = -1;

    readonly int[] _owners = CreateOwners(height * width);
    readonly List<int> _drawn = [];
    readonly List<int> _visible = [];

    /// <summary>The pixels. Held.</summary>
    public Image Image { get; } = new(height, width);

    public int Height => height;

    public int Width => width;

    /// <summary>Covers the whole image.</summary>
    public void PaintBackground(SynthTexture texture)
    {
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++) Blend(y, x, 1, texture, 1);
    }

    /// <summary>Draws a distracting line that belongs to no object.</summary>
    public void PaintLine(double x1, double y1, double x2, double y2, double thickness, SynthTexture texture)
    {
        var (dx, dy) = (x2 - x1, y2 - y1);
        var square = Math.Max(dx * dx + dy * dy, 1e-9);
        var (left, right) = Range(Math.Min(x1, x2) - thickness, Math.Max(x1, x2) + thickness, width);
        var (top, bottom) = Range(Math.Min(y1, y2) - thickness, Math.Max(y1, y2) + thickness, height);
        for (var y = top; y < bottom; y++)
            for (var x = left; x < right; x++)
            {
                var t = Math.Clamp(((x - x1) * dx + (y - y1) * dy) / square, 0, 1);
                var distance = Math.Sqrt(Math.Pow(x - x1 - t * dx, 2) + Math.Pow(y - y1 - t * dy, 2));
                Blend(y, x, Math.Clamp(thickness / 2 + 0.5 - distance, 0, 1), texture, 1);
            }
    }

    /// <summary>Adds an owner of pixels; the next shapes belong to it.</summary>
    public void AddOwner()
    {
        _drawn.Add(0);
        _visible.Add(0);
    }

    /// <summary>Whether a shape would be visible enough itself and leave enough of every earlier owner visible.</summary>
    public bool HasRoom(ShapeOutline shape, double maxOcclusion)
    {
        var covered = new int[_drawn.Count];
        var (inside, whole) = (0, 0);
        var reach = (int)Math.Ceiling(shape.Radius * 1.2);
        for (var y = (int)shape.Y - reach; y <= (int)shape.Y + reach; y++)
            for (var x = (int)shape.X - reach; x <= (int)shape.X + reach; x++)
            {
                if (shape.Distance(x, y) > 0) continue;
                whole++;
                if (y < 0 || y >= height || x < 0 || x >= width) continue;
                inside++;
                if (_owners[y * width + x] is var owner and not Nobody) covered[owner]++;
            }
        if (inside < Math.Max(12, 0.7 * whole)) return false;
        for (var owner = 0; owner < covered.Length; owner++)
            if (_visible[owner] - covered[owner] < (1 - maxOcclusion) * _drawn[owner]) return false;
        return true;
    }

    /// <summary>Draws a shape of the newest owner with a smooth edge.</summary>
    /// <param name="shape">Its outline.</param>
    /// <param name="texture">Its surface.</param>
    /// <param name="rim">Brightness of a thin line along the edge; 1 for none.</param>
    public void Paint(ShapeOutline shape, SynthTexture texture, double rim)
    {
        var owner = _drawn.Count - 1;
        var reach = shape.Radius * 1.2 + 1;
        var (left, right) = Range(shape.X - reach, shape.X + reach, width);
        var (top, bottom) = Range(shape.Y - reach, shape.Y + reach, height);
        for (var y = top; y < bottom; y++)
            for (var x = left; x < right; x++)
            {
                var distance = shape.Distance(x, y);
                if (distance >= 0.5) continue;
                Blend(y, x, Math.Min(1, 0.5 - distance), texture, distance > -1.5 ? rim : 1);
                if (distance <= 0) Take(y * width + x, owner);
            }
    }

    /// <summary>Box and area of the visible part of each owner, in the order in which they were added.</summary>
    public IEnumerable<(int Left, int Top, int Width, int Height, int Area)> Extents()
    {
        var extents = Enumerable.Repeat((Left: width, Top: height, Right: 0, Bottom: 0), _drawn.Count).ToArray();
        for (var i = 0; i < _owners.Length; i++)
        {
            if (_owners[i] == Nobody) continue;
            ref var extent = ref extents[_owners[i]];
            var (y, x) = Math.DivRem(i, width);
            (extent.Left, extent.Top) = (Math.Min(extent.Left, x), Math.Min(extent.Top, y));
            (extent.Right, extent.Bottom) = (Math.Max(extent.Right, x + 1), Math.Max(extent.Bottom, y + 1));
        }
        return extents.Select((extent, owner) =>
            (extent.Left, extent.Top, extent.Right - extent.Left, extent.Bottom - extent.Top, _visible[owner]));
    }

    /// <inheritdoc/>
    public void Dispose() => Image.Dispose();

    static int[] CreateOwners(int count)
    {
        var owners = new int[count];
        Array.Fill(owners, Nobody);
        return owners;
    }

    static (int First, int End) Range(double low, double high, int size) =>
        (Math.Clamp((int)Math.Floor(low), 0, size), Math.Clamp((int)Math.Ceiling(high) + 1, 0, size));

    void Take(int pixel, int owner)
    {
        if (_owners[pixel] == owner) return;
        if (_owners[pixel] != Nobody) _visible[_owners[pixel]]--;
        _owners[pixel] = owner;
        _drawn[owner]++;
        _visible[owner]++;
    }

    void Blend(int y, int x, double cover, SynthTexture texture, double light)
    {
        if (cover <= 0) return;
        texture.At(x, y, out var red, out var green, out var blue);
        var pixel = Image.Pixels.Slice((y * width + x) * Image.Channels, Image.Channels);
        pixel[0] = Mix(pixel[0], blue);
        pixel[1] = Mix(pixel[1], green);
        pixel[2] = Mix(pixel[2], red);

        byte Mix(byte below, double above) => (byte)Math.Clamp(below + cover * (above * light - below) + 0.5, 0, 255);
    }
}
