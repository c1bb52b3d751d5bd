using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using global::Onnx;
using Google.Protobuf;

namespace Paa.Onnx;

/// <summary>A graph that is being built: inputs, constants, nodes in the order of computation, outputs.</summary>
/// <remarks>
/// The operators, their inputs and attributes are those of the ONNX standard, in the model's <see cref="OnnxModel.Opset"/>;
/// nothing is checked here. A graph inside a node (<see cref="Subgraph"/>) sees the values of the graphs around it.
/// </remarks>
public sealed class OnnxGraph
{
    readonly OnnxGraph _root;
    readonly Dictionary<string, int> _uses;                                         // how often a name was asked for
    readonly Dictionary<(Type Type, string Dims, string Content), OnnxValue> _small;    // constants that may be wanted again

    internal OnnxGraph(string name)
    {
        (_root, _uses, _small) = (this, [], []);
        Proto.Name = name;
    }

    OnnxGraph(OnnxGraph root, string name)
    {
        (_root, _uses, _small) = (root, root._uses, root._small);
        Proto.Name = name;
    }

    internal GraphProto Proto { get; } = new();

    /// <summary>Place in the network, in front of the names of nodes that follow: <c>backbone.conv1</c> makes a
    /// <c>backbone.conv1/Conv</c>. Empty for none.</summary>
    public string Scope { get; set; } = "";

    /// <summary>An input of the model, or of a graph inside a node.</summary>
    /// <param name="name">Its name, which is free so far.</param>
    /// <param name="type">Of its elements.</param>
    /// <param name="dims">Sizes, slowest axis first; none: a single number.</param>
    public OnnxValue Input(string name, OnnxType type, params ReadOnlySpan<OnnxDimension> dims)
    {
        Proto.Input.Add(Describe(Take(name), type, dims));
        return new OnnxValue(name);
    }

    /// <summary>A constant. Small ones of equal content are one.</summary>
    /// <typeparam name="T">float, double, Half, long, int, byte, sbyte or bool.</typeparam>
    /// <param name="values">In row order. Copied.</param>
    /// <param name="dims">Sizes, slowest axis first; none: a single number.</param>
    public OnnxValue Constant<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> dims) where T : unmanaged
    {
        const int small = 64;
        if (values.Length > small) return Add<T>(Unique("constant"), values.ToArray(), dims);
        var key = (typeof(T), string.Join(',', dims.ToArray()), Convert.ToHexString(MemoryMarshal.AsBytes(values)));
        if (!_small.TryGetValue(key, out var known))
            _small.Add(key, known = Add<T>(Unique("constant"), values.ToArray(), dims));
        return known;
    }

    /// <summary>A single number.</summary>
    /// <typeparam name="T">As in <see cref="Constant{T}(ReadOnlySpan{T}, ReadOnlySpan{long})"/>.</typeparam>
    public OnnxValue Constant<T>(T value) where T : unmanaged => Constant<T>([value], []);

    /// <summary>A row of numbers, [count], such as the sizes or axes that a node wants.</summary>
    /// <typeparam name="T">As in <see cref="Constant{T}(ReadOnlySpan{T}, ReadOnlySpan{long})"/>.</typeparam>
    public OnnxValue Vector<T>(params ReadOnlySpan<T> values) where T : unmanaged => Constant(values, [values.Length]);

    /// <summary>A constant that may be large and is not copied.</summary>
    /// <typeparam name="T">As in <see cref="Constant{T}(ReadOnlySpan{T}, ReadOnlySpan{long})"/>.</typeparam>
    /// <param name="name">Its name, which is free so far.</param>
    /// <param name="values">In row order. Held, and read when the model is written: change nothing in it.</param>
    /// <param name="dims">Sizes, slowest axis first; none: a single number.</param>
    /// <exception cref="ArgumentException">The sizes ask for another number of values.</exception>
    public OnnxValue Weights<T>(string name, ReadOnlyMemory<T> values, ReadOnlySpan<long> dims) where T : unmanaged =>
        Add(Take(name), values, dims);

    /// <summary>A node with one result.</summary>
    /// <param name="op">The operator: <c>Conv</c>.</param>
    /// <param name="inputs">What it reads; null for an optional input that it does without.</param>
    /// <param name="attributes">As pairs: <c>("axis", 1)</c>.</param>
    public OnnxValue Node(
        string op, ReadOnlySpan<OnnxValue?> inputs, params ReadOnlySpan<(string Name, OnnxAttribute Value)> attributes) =>
        Nodes(op, 1, inputs, attributes)[0];

    /// <summary>A node with several results.</summary>
    /// <param name="op">The operator: <c>Split</c>.</param>
    /// <param name="outputs">Their number.</param>
    /// <param name="inputs">What it reads; null for an optional input that it does without.</param>
    /// <param name="attributes">As pairs: <c>("axis", 1)</c>.</param>
    public OnnxValue[] Nodes(string op, int outputs, ReadOnlySpan<OnnxValue?> inputs,
        params ReadOnlySpan<(string Name, OnnxAttribute Value)> attributes)
    {
        var name = Unique(Scope.Length > 0 ? $"{Scope}/{op}" : op);
        var node = new NodeProto { OpType = op, Name = name };
        foreach (var input in inputs) node.Input.Add(input?.Name ?? "");
        foreach (var (attribute, value) in attributes) node.Attribute.Add(value.Named(attribute));
        var results = new OnnxValue[outputs];
        for (var i = 0; i < outputs; i++)
        {
            results[i] = new OnnxValue(outputs == 1 ? name : Take(string.Create(CultureInfo.InvariantCulture, $"{name}:{i}")));
            node.Output.Add(results[i].Name);
        }
        Proto.Node.Add(node);
        return results;
    }

    /// <summary>Makes a value an output of the model, or of a graph inside a node, under a name of its own.</summary>
    /// <param name="value">The value.</param>
    /// <param name="name">Its name outside, which is free so far.</param>
    /// <param name="type">Of its elements.</param>
    /// <param name="dims">Sizes, slowest axis first; none: a single number.</param>
    public void Output(OnnxValue value, string name, OnnxType type, params ReadOnlySpan<OnnxDimension> dims)
    {
        ArgumentNullException.ThrowIfNull(value);
        Proto.Output.Add(Describe(Take(name), type, dims));
        Proto.Node.Add(new NodeProto { OpType = "Identity", Name = name, Input = { value.Name }, Output = { name } });
    }

    /// <summary>An empty graph for an attribute of a node (the body of a <c>Loop</c>, a branch of an <c>If</c>).</summary>
    /// <param name="name">Of the graph.</param>
    public OnnxGraph Subgraph(string name) => new(_root, Unique(name)) { Scope = Scope };

    OnnxValue Add<T>(string name, ReadOnlyMemory<T> values, ReadOnlySpan<long> dims) where T : unmanaged
    {
        var count = 1L;
        foreach (var size in dims) count *= size;
        if (count != values.Length)
            throw new ArgumentException(
                $"OnnxGraph: {name} of [{string.Join(", ", dims.ToArray())}] expects {count} values, got {values.Length}.");
        _root.Proto.Initializer.Add(new TensorProto
        {
            Name = name,
            DataType = (int)TypeOf<T>(),
            Dims = { dims.ToArray() },
            RawData = UnsafeByteOperations.UnsafeWrap(new ByteView<T>(values).Memory),
        });
        return new OnnxValue(name);
    }

    /// <summary>The element type of C# numbers.</summary>
    static OnnxType TypeOf<T>() where T : unmanaged => default(T) switch
    {
        float => OnnxType.Float32,
        double => OnnxType.Float64,
        Half => OnnxType.Float16,
        long => OnnxType.Int64,
        int => OnnxType.Int32,
        byte => OnnxType.UInt8,
        sbyte => OnnxType.Int8,
        bool => OnnxType.Bool,
        _ => throw new ArgumentException($"OnnxGraph: a tensor of {typeof(T).Name} is not known here."),
    };

    static ValueInfoProto Describe(string name, OnnxType type, ReadOnlySpan<OnnxDimension> dims)
    {
        var shape = new TensorShapeProto();
        foreach (var size in dims)
        {
            var dim = new TensorShapeProto.Types.Dimension();
            if (size.Size is { } number) dim.DimValue = number;
            if (size.Name is { } symbol) dim.DimParam = symbol;
            shape.Dim.Add(dim);
        }
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }

    /// <summary>Takes a name that nothing else may have.</summary>
    string Take(string name) => _uses.TryAdd(name, 1)
        ? name : throw new ArgumentException($"OnnxGraph: the name {name} is taken.");

    /// <summary>Takes a name, with a number behind it where it is not the first.</summary>
    string Unique(string name)
    {
        if (_uses.TryAdd(name, 1)) return name;
        string numbered;
        do numbered = string.Create(CultureInfo.InvariantCulture, $"{name}_{_uses[name]++}");
        while (!_uses.TryAdd(numbered, 1));
        return numbered;
    }

    /// <summary>Numbers as the bytes that ONNX stores.</summary>
    sealed class ByteView<T>(ReadOnlyMemory<T> values) : MemoryManager<byte> where T : unmanaged
    {
        readonly Memory<T> _values = MemoryMarshal.AsMemory(values);

        public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(_values.Span);

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            var pin = _values.Pin();
            return new MemoryHandle((byte*)pin.Pointer + elementIndex, default, new PinOfValues(pin));
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }

        sealed class PinOfValues(MemoryHandle pin) : IPinnable
        {
            MemoryHandle IPinnable.Pin(int elementIndex) => pin;

            void IPinnable.Unpin() => pin.Dispose();
        }
    }
}
