using Paa.Onnx;

namespace Paa.Export;

/// <summary>A value of an ONNX graph to compute with: every operator and method adds a node.</summary>
/// <remarks>
/// Names and rules are those of the ONNX standard (broadcasting from the last axis; negative axes count from the end). A number
/// beside a tensor must have its type: <c>2</c> for 64-bit integers, <c>2f</c> for floats.
/// </remarks>
sealed class GraphTensor
{
    /// <summary>From this version on, reductions have their axes as an input.</summary>
    const int AxesAsInput = 18;

    readonly OnnxModel _model;

    /// <param name="model">The model that is built.</param>
    /// <param name="value">A value of its graph.</param>
    public GraphTensor(OnnxModel model, OnnxValue value) => (_model, Value) = (model, value);

    /// <summary>The value.</summary>
    public OnnxValue Value { get; }

    public static GraphTensor operator +(GraphTensor a, GraphTensor b) => a.With("Add", b);

    public static GraphTensor operator +(GraphTensor a, float b) => a + a.Number(b);

    public static GraphTensor operator +(GraphTensor a, long b) => a + a.Number(b);

    public static GraphTensor operator -(GraphTensor a, GraphTensor b) => a.With("Sub", b);

    public static GraphTensor operator -(float a, GraphTensor b) => b.Number(a) - b;

    public static GraphTensor operator -(GraphTensor a) => a.With("Neg");

    public static GraphTensor operator *(GraphTensor a, GraphTensor b) => a.With("Mul", b);

    public static GraphTensor operator *(GraphTensor a, float b) => a * a.Number(b);

    public static GraphTensor operator *(GraphTensor a, long b) => a * a.Number(b);

    public static GraphTensor operator /(GraphTensor a, GraphTensor b) => a.With("Div", b);

    public static GraphTensor operator /(GraphTensor a, float b) => a / a.Number(b);

    public static GraphTensor operator /(GraphTensor a, long b) => a / a.Number(b);

    public static GraphTensor operator >(GraphTensor a, GraphTensor b) => a.With("Greater", b);

    public static GraphTensor operator <(GraphTensor a, GraphTensor b) => a.With("Less", b);

    public static GraphTensor operator >=(GraphTensor a, GraphTensor b) => a.With("GreaterOrEqual", b);

    public static GraphTensor operator <=(GraphTensor a, GraphTensor b) => a.With("LessOrEqual", b);

    public static GraphTensor operator >(GraphTensor a, float b) => a > a.Number(b);

    public static GraphTensor operator <(GraphTensor a, float b) => a < a.Number(b);

    public static GraphTensor operator >(GraphTensor a, long b) => a > a.Number(b);

    public static GraphTensor operator <(GraphTensor a, long b) => a < a.Number(b);

    public static GraphTensor operator <=(GraphTensor a, long b) => a <= a.Number(b);

    public static GraphTensor operator >=(GraphTensor a, long b) => a >= a.Number(b);

    public static GraphTensor operator &(GraphTensor a, GraphTensor b) => a.With("And", b);

    /// <summary>A single number.</summary>
    public GraphTensor Number<T>(T value) where T : unmanaged => Of(_model.Graph.Constant(value));

    /// <summary>A row of numbers, [count].</summary>
    public GraphTensor Row<T>(params ReadOnlySpan<T> values) where T : unmanaged => Of(_model.Graph.Vector(values));

    /// <summary>Whether two tensors are equal, element by element.</summary>
    public GraphTensor EqualTo(GraphTensor other) => With("Equal", other);

    public GraphTensor Min(GraphTensor other) => With("Min", other);

    public GraphTensor Min(float other) => Min(Number(other));

    public GraphTensor Max(GraphTensor other) => With("Max", other);

    public GraphTensor Max(float other) => Max(Number(other));

    public GraphTensor Sigmoid() => With("Sigmoid");

    public GraphTensor Sqrt() => With("Sqrt");

    public GraphTensor Exp() => With("Exp");

    public GraphTensor Floor() => With("Floor");

    /// <summary>The nearest whole number, of two equally near ones the even one.</summary>
    public GraphTensor Round() => With("Round");

    /// <summary>The elements in another type; floats lose their fraction on the way to integers.</summary>
    public GraphTensor As(OnnxType type) => Node("Cast", [Value], ("to", type));

    /// <summary>This where the condition holds, else the other.</summary>
    public GraphTensor Where(GraphTensor condition, GraphTensor other) =>
        Node("Where", [condition.Value, Value, other.Value]);

    /// <summary>The sizes of all axes, 64-bit integers [rank].</summary>
    public GraphTensor Shape() => With("Shape");

    /// <summary>The size of an axis, [1].</summary>
    public GraphTensor Size(int axis) => Shape().Pick(0, axis);

    /// <summary>The same elements in another shape.</summary>
    /// <param name="sizes">0 keeps a size, -1 takes what is left.</param>
    public GraphTensor Reshape(params ReadOnlySpan<long> sizes) => With("Reshape", Row(sizes));

    /// <summary>Repeats axes of size 1.</summary>
    /// <param name="sizes">1 keeps a size.</param>
    public GraphTensor Expand(params ReadOnlySpan<long> sizes) => With("Expand", Row(sizes));

    /// <summary>Adds axes of size 1.</summary>
    public GraphTensor Unsqueeze(params ReadOnlySpan<long> axes) => With("Unsqueeze", Row(axes));

    /// <summary>Removes axes of size 1.</summary>
    public GraphTensor Squeeze(params ReadOnlySpan<long> axes) => With("Squeeze", Row(axes));

    public GraphTensor Transpose(params long[] order) => Node("Transpose", [Value], ("perm", order));

    /// <summary>A part of an axis.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="start">First element.</param>
    /// <param name="end">Behind the last element, [1].</param>
    public GraphTensor Slice(int axis, long start, GraphTensor end) =>
        Node("Slice", [Value, Row(start).Value, end.Value, Row<long>(axis).Value]);

    /// <summary>Elements of an axis, at fixed places.</summary>
    public GraphTensor Pick(int axis, params ReadOnlySpan<long> places) => At(axis, Row(places));

    /// <summary>Elements of an axis, the same for all the other axes.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="places">64-bit integers of any shape, which takes the place of the axis.</param>
    public GraphTensor At(int axis, GraphTensor places) => Node("Gather", [Value, places.Value], ("axis", axis));

    /// <summary>Elements of an axis, others for each element of the other axes.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="places">64-bit integers of the shape of the result.</param>
    public GraphTensor AtEach(int axis, GraphTensor places) =>
        Node("GatherElements", [Value, places.Value], ("axis", axis));

    /// <summary>The sum over an axis, which goes.</summary>
    public GraphTensor Sum(int axis) => Node("ReduceSum", [Value, Row<long>(axis).Value], ("keepdims", 0));

    /// <summary>The sum over an axis up to each element.</summary>
    public GraphTensor CumulativeSum(int axis) => With("CumSum", Number((long)axis));

    /// <summary>The largest element over axes, whose sizes become 1.</summary>
    public GraphTensor Largest(params long[] axes) => Reduce("ReduceMax", axes);

    /// <summary>The smallest element over axes, whose sizes become 1.</summary>
    public GraphTensor Smallest(params long[] axes) => Reduce("ReduceMin", axes);

    /// <summary>The first elements of the last axis in descending or ascending order; of equal ones the first comes
    /// first.</summary>
    /// <param name="count">Their number, [1].</param>
    /// <param name="ascending">Whether the smallest is the first.</param>
    /// <returns>The elements and their places.</returns>
    public (GraphTensor Values, GraphTensor Places) First(GraphTensor count, bool ascending = false)
    {
        var results = _model.Graph.Nodes("TopK", 2, [Value, count.Value], ("largest", ascending ? 0 : 1));
        return (Of(results[0]), Of(results[1]));
    }

    /// <summary>A constant tensor of the shape of this one.</summary>
    public GraphTensor Filled(long value) => Number(value).ExpandTo(Shape());

    /// <summary>Repeats axes of size 1.</summary>
    /// <param name="shape">64-bit integers [rank]; 1 keeps a size.</param>
    public GraphTensor ExpandTo(GraphTensor shape) => With("Expand", shape);

    /// <summary>0, 1, ... below this number, which is [1]; 64-bit integers.</summary>
    public GraphTensor Range() =>
        Node("Range", [Number(0L).Value, Squeeze(0).Value, Number(1L).Value]);

    /// <summary>Joins tensors along an axis.</summary>
    public static GraphTensor Concat(int axis, params IReadOnlyList<GraphTensor> parts) => parts.Count == 1 ? parts[0]
        : parts[0].Node("Concat", [.. parts.Select(part => part.Value)], ("axis", axis));

    /// <summary>Any other node.</summary>
    public GraphTensor Node(
        string op, ReadOnlySpan<OnnxValue?> inputs, params ReadOnlySpan<(string Name, OnnxAttribute Value)> attributes) =>
        Of(_model.Graph.Node(op, inputs, attributes));

    /// <summary>Makes the tensor an output of the model.</summary>
    public void Output(string name, OnnxType type, params ReadOnlySpan<OnnxDimension> sizes) =>
        _model.Graph.Output(Value, name, type, sizes);

    GraphTensor With(string op, params ReadOnlySpan<GraphTensor> others)
    {
        var inputs = new OnnxValue?[1 + others.Length];
        inputs[0] = Value;
        for (var i = 0; i < others.Length; i++) inputs[1 + i] = others[i].Value;
        return Node(op, inputs);
    }

    GraphTensor Reduce(string op, long[] axes) => _model.Opset >= AxesAsInput
        ? With(op, Row<long>(axes))
        : Node(op, [Value], ("axes", axes));

    GraphTensor Of(OnnxValue value) => new(_model, value);
}
