using Paa.Onnx;
using Paa.Options;

namespace Paa.Export;

/// <summary>What a client feeds.</summary>
public enum OnnxInput
{
    /// <summary>Images as the network reads them, normalised and padded by the client: floats [N, 3, H, W].</summary>
    Normalized,

    /// <summary>Images that the client resized, bytes [N, H, W, 3] in the order red, green, blue. The graph normalises and pads
    /// them.</summary>
    Resized,

    /// <summary>Images of any size as they were decoded, bytes [N, H, W, 3] in the order red, green, blue. The graph resizes
    /// them, too.</summary>
    Decoded,
}

/// <summary>The way from what a client feeds to what the network reads, as nodes: the graph of <c>ImageTransform</c>, which is
/// its oracle.</summary>
/// <param name="model">The model that is built.</param>
/// <param name="data">Size, mean and deviation, divisor.</param>
/// <param name="height">Of what the client feeds.</param>
/// <param name="width">Of what the client feeds.</param>
sealed class InputGraph(OnnxModel model, DataOptions data, OnnxDimension height, OnnxDimension width)
{
    /// <summary>Name of the input that has the images.</summary>
    public const string Images = "images";

    /// <summary>Name of the input that has the size (height, width) of each image in its canvas.</summary>
    public const string ImageSizes = "image_sizes";

    /// <summary>Name of the input that has the size (height, width) of each photograph, in whose pixels boxes come.</summary>
    public const string OriginalSizes = "original_sizes";

    const string Batch = "batch";

    /// <summary>Adds the inputs of the model.</summary>
    /// <param name="kind">What the client feeds.</param>
    /// <param name="wantsFrame">Whether boxes are decoded.</param>
    /// <returns>What the network reads, [N, 3, H, W]; and for boxes the sizes of the images.</returns>
    public (GraphTensor Network, ImageFrame? Frame) Add(OnnxInput kind, bool wantsFrame)
    {
        if (kind == OnnxInput.Normalized)
        {
            var images = Input(Images, OnnxType.Float32, Batch, 3, height, width);
            return (images, wantsFrame ? ImageFrame.Of(Sizes(ImageSizes), Sizes(OriginalSizes)) : null);
        }
        var bytes = Input(Images, OnnxType.UInt8, Batch, height, width, 3);
        if (kind == OnnxInput.Resized)
            return (Normalize(bytes.As(OnnxType.Float32)),
                wantsFrame ? ImageFrame.Of(SizeOf(bytes), Sizes(OriginalSizes)) : null);
        var size = new BilinearResize(bytes.Size(1), bytes.Size(2), data.Test.Scales[0]);
        return (Normalize(size.Resize(bytes)), wantsFrame ? ImageFrame.Of(size.Target, SizeOf(bytes)) : null);

        GraphTensor Sizes(string name) => Input(name, OnnxType.Int64, Batch, 2);

        // [1, 2]
        static GraphTensor SizeOf(GraphTensor images) => images.Shape().Pick(0, 1, 2).Unsqueeze(0);
    }

    /// <summary>Planes instead of pixels, (x - mean) / std, then zeros at the right and the bottom.</summary>
    /// <param name="pixels">[N, H, W, 3] in the order red, green, blue.</param>
    GraphTensor Normalize(GraphTensor pixels)
    {
        var norm = data.Normalization;
        if (!norm.ToRgb) pixels = pixels.Pick(3, 2, 1, 0);
        float[] mean = [.. norm.Mean.Select(value => (float)value)];
        float[] factors = [.. norm.Std.Select(value => (float)(1 / (double)(float)value))];
        var planes = (pixels - pixels.Row<float>(mean)) * pixels.Row<float>(factors);
        var size = planes.Shape().Pick(0, 1, 2);
        var divisor = data.SizeDivisor;
        var missing = (size + (divisor - 1)) / divisor * divisor - size;                            // [2]
        var pads = GraphTensor.Concat(0, size.Row<long>(0, 0, 0, 0, 0, 0), missing);
        planes = planes.Transpose(0, 3, 1, 2);
        return planes.Node("Pad", [planes.Value, pads.Value]);
    }

    GraphTensor Input(string name, OnnxType type, params ReadOnlySpan<OnnxDimension> sizes) =>
        new(model, model.Graph.Input(name, type, sizes));
}

/// <summary>OpenCV's bilinear resize of 8-bit images as nodes, in its integers: the graph of <c>Image.Resize</c>, which is its
/// oracle bit for bit.</summary>
/// <remarks>
/// A weight is a whole number of 1/2048. Columns are weighted first, and four digits of the sum are cut off; rows next, and
/// sixteen digits; then the sum is rounded from quarters.
/// </remarks>
sealed class BilinearResize
{
    const float One = 2048;

    readonly GraphTensor _height, _width, _newHeight, _newWidth;

    /// <summary>Computes the size that fits into a scale, as <c>ImageScale.Fit</c> does.</summary>
    /// <param name="height">Of the images, [1].</param>
    /// <param name="width">Of the images, [1].</param>
    /// <param name="scale">Limits of the longer and the shorter side, in either order.</param>
    public BilinearResize(GraphTensor height, GraphTensor width, int[] scale)
    {
        (_height, _width) = (height, width);
        var (high, wide) = (height.As(OnnxType.Float64), width.As(OnnxType.Float64));
        var factor = (height.Number((double)scale.Max()) / high.Max(wide))
            .Min(height.Number((double)scale.Min()) / high.Min(wide));
        (_newHeight, _newWidth) = (Round(high), Round(wide));
        Target = GraphTensor.Concat(0, _newHeight, _newWidth).Unsqueeze(0);

        GraphTensor Round(GraphTensor side) =>
            (side * factor + side.Number(0.5)).As(OnnxType.Int64).Max(side.Number(1L));
    }

    /// <summary>Height and width of the result, [1, 2].</summary>
    public GraphTensor Target { get; }

    /// <summary>Resizes images.</summary>
    /// <param name="images">Bytes [N, H, W, C].</param>
    /// <returns>Whole numbers from 0 to 255 as floats, [N, H', W', C].</returns>
    public GraphTensor Resize(GraphTensor images)
    {
        var rows = Neighbours.Of(_height, _newHeight, staysInside: false);
        var columns = Neighbours.Of(_width, _newWidth, staysInside: true);
        var columnWeights = columns.Reshape(-1, 1);
        var rowWeights = rows.Reshape(-1, 1, 1);
        var sum = Row(rows.First) * rowWeights.First / Integer(1 << 16) + Row(rows.Second) * rowWeights.Second / Integer(1 << 16);
        return ((sum + Integer(2)) / Integer(4)).As(OnnxType.Float32);

        GraphTensor Row(GraphTensor places)
        {
            var row = images.At(1, places);
            return (row.At(2, columns.First).As(OnnxType.Int32) * columnWeights.First
                + row.At(2, columns.Second).As(OnnxType.Int32) * columnWeights.Second) / Integer(16);
        }

        GraphTensor Integer(int value) => images.Number(value);
    }

    /// <summary>Between which two rows or columns each new one lies, and their weights.</summary>
    /// <param name="First">64-bit integers [n].</param>
    /// <param name="Second">The same or the next.</param>
    /// <param name="FirstWeight">32-bit integers [n].</param>
    /// <param name="SecondWeight">2048 without the first.</param>
    sealed record Neighbours(GraphTensor First, GraphTensor Second, GraphTensor FirstWeight, GraphTensor SecondWeight)
    {
        /// <summary>Computes places in double and their fractions in single precision.</summary>
        /// <param name="size">Rows or columns, [1].</param>
        /// <param name="newSize">Of the result, [1].</param>
        /// <param name="staysInside">Whether a place beyond the last one gets no second weight; else the last one is taken
        /// twice, which rounds otherwise.</param>
        public static Neighbours Of(GraphTensor size, GraphTensor newSize, bool staysInside)
        {
            var half = size.Number(0.5);
            var scale = size.Number(1.0) / (newSize.As(OnnxType.Float64) / size.As(OnnxType.Float64));
            var place = ((newSize.Range().As(OnnxType.Float64) + half) * scale - half).As(OnnxType.Float32);
            var floor = place.Floor();
            var (first, last) = (floor.As(OnnxType.Int64), size + -1);
            var fraction = place - floor;
            if (staysInside) fraction = fraction.Where((first >= 0L) & (first < last), fraction.Number(0f));
            return new Neighbours(Inside(first), Inside(first + 1), Weight(1f - fraction), Weight(fraction));

            GraphTensor Inside(GraphTensor places) => places.Max(places.Number(0L)).Min(last);

            static GraphTensor Weight(GraphTensor fraction) => (fraction * One).Round().As(OnnxType.Int32);
        }

        /// <summary>The weights in a shape that meets the right axis.</summary>
        public (GraphTensor First, GraphTensor Second) Reshape(params ReadOnlySpan<long> shape) =>
            (FirstWeight.Reshape(shape), SecondWeight.Reshape(shape));
    }
}
