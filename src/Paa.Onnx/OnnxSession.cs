using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Paa.Onnx;

/// <summary>A model that is ready to run in ONNX Runtime.</summary>
/// <remarks>May be used from several threads at once, which compute at the same time. Dispose frees it.</remarks>
public sealed class OnnxSession : IDisposable
{
    readonly InferenceSession _session;
    readonly string[] _outputs;

    OnnxSession(Func<SessionOptions, InferenceSession> create, OnnxSessionOptions? options)
    {
        options ??= new OnnxSessionOptions();
        _session = OnnxRuntime.Guard(() =>
        {
            using var own = options.Create();
            return create(own);
        });
        Inputs = [.. _session.InputMetadata.Select(Describe)];
        Outputs = [.. _session.OutputMetadata.Select(Describe)];
        _outputs = [.. Outputs.Select(output => output.Name)];
    }

    /// <summary>Prepares a model that was built here.</summary>
    /// <param name="model">The model. Borrowed, and not needed afterwards.</param>
    /// <param name="options">How it is computed.</param>
    /// <exception cref="OnnxException">ONNX Runtime is missing, or cannot compute this model on this device.</exception>
    public OnnxSession(OnnxModel model, OnnxSessionOptions? options = null)
        : this(own => new InferenceSession(model.ToBytes(), own), options)
    {
    }

    /// <summary>Opens a file, with the data beside it if it has some.</summary>
    /// <param name="path">A model.</param>
    /// <param name="options">How it is computed.</param>
    /// <exception cref="OnnxException">The file is no model, ONNX Runtime is missing, or it cannot compute this model on this
    /// device.</exception>
    public OnnxSession(string path, OnnxSessionOptions? options = null) : this(own => new InferenceSession(path, own), options)
    {
    }

    /// <summary>Opens the bytes of a file.</summary>
    /// <param name="bytes">A model that has no data beside it. Borrowed, and not needed afterwards.</param>
    /// <param name="options">How it is computed.</param>
    /// <exception cref="OnnxException">The bytes are no model, ONNX Runtime is missing, or it cannot compute this model on this
    /// device.</exception>
    public OnnxSession(byte[] bytes, OnnxSessionOptions? options = null) : this(own => new InferenceSession(bytes, own), options)
    {
    }

    /// <summary>What the model reads.</summary>
    public IReadOnlyList<OnnxPort> Inputs { get; }

    /// <summary>What the model gives.</summary>
    public IReadOnlyList<OnnxPort> Outputs { get; }

    /// <summary>The model's texts.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _session.ModelMetadata.CustomMetadataMap;

    /// <summary>Who made the model.</summary>
    public string Producer => _session.ModelMetadata.ProducerName;

    /// <summary>Computes all outputs from one input.</summary>
    /// <typeparam name="T">float or byte, as the model's input is.</typeparam>
    /// <param name="values">Of the first input, in row order. Borrowed.</param>
    /// <param name="dims">Their sizes, slowest axis first.</param>
    /// <returns>The outputs, in the model's order. The caller owns them.</returns>
    /// <exception cref="OnnxException">The input does not fit, or there is no memory for it.</exception>
    public unsafe OnnxResults Run<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> dims) where T : unmanaged
    {
        fixed (T* first = values)
        {
            var bytes = (nint)first;
            var (length, sizes) = ((long)values.Length * sizeof(T), dims.ToArray());
            return OnnxRuntime.Guard(() =>
            {
                using var tensor = OrtValue.CreateTensorValueWithData(
                    OrtMemoryInfo.DefaultInstance, ElementType<T>(), sizes, bytes, length);
                using var options = new RunOptions();
                return new OnnxResults(_session.Run(options, [Inputs[0].Name], [tensor], _outputs));
            });
        }
    }

    /// <summary>Computes all outputs from several inputs.</summary>
    /// <param name="feeds">A value for each input.</param>
    /// <returns>The outputs, in the model's order. The caller owns them.</returns>
    /// <exception cref="OnnxException">An input does not fit, or there is no memory for it.</exception>
    public OnnxResults Run(params IReadOnlyList<OnnxFeed> feeds) => OnnxRuntime.Guard(() =>
    {
        var values = new List<OrtValue>();
        try
        {
            foreach (var feed in feeds) values.Add(feed.Pin());
            using var options = new RunOptions();
            return new OnnxResults(_session.Run(options, [.. feeds.Select(feed => feed.Name)], values, _outputs));
        }
        finally
        {
            foreach (var value in values) value.Dispose();
        }
    });

    /// <summary>Frees the model.</summary>
    public void Dispose() => _session.Dispose();

    static TensorElementType ElementType<T>() where T : unmanaged => default(T) switch
    {
        float => TensorElementType.Float,
        byte => TensorElementType.UInt8,
        long => TensorElementType.Int64,
        _ => throw new ArgumentException($"OnnxSession: an input of {typeof(T).Name} is not known here."),
    };

    static OnnxPort Describe(KeyValuePair<string, NodeMetadata> port)
    {
        var (dims, names) = (port.Value.Dimensions, port.Value.SymbolicDimensions);
        return new OnnxPort(port.Key, (OnnxType)(int)port.Value.ElementDataType, [.. dims.Zip(names, (size, name) =>
            size >= 0 ? size : name.Length > 0 ? (OnnxDimension)name : OnnxDimension.Unknown)]);
    }
}

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Of its elements.</param>
/// <param name="Dims">Sizes, slowest axis first.</param>
public sealed record OnnxPort(string Name, OnnxType Type, IReadOnlyList<OnnxDimension> Dims);

/// <summary>A value for an input of a model.</summary>
public sealed class OnnxFeed
{
    OnnxFeed(string name, Func<OrtValue> pin) => (Name, Pin) = (name, pin);

    /// <summary>Name of the input.</summary>
    public string Name { get; }

    internal Func<OrtValue> Pin { get; }

    /// <summary>A value from numbers.</summary>
    /// <typeparam name="T">As the <see cref="OnnxPort.Type"/> of the input says.</typeparam>
    /// <param name="name">Name of the input.</param>
    /// <param name="values">In row order. Held.</param>
    /// <param name="dims">Sizes, slowest axis first.</param>
    public static OnnxFeed Of<T>(string name, T[] values, params long[] dims) where T : unmanaged =>
        new(name, () => OrtValue.CreateTensorValueFromMemory(values, dims));
}

/// <summary>The outputs of a run, in the memory of ONNX Runtime. Dispose frees them.</summary>
public sealed class OnnxResults : IDisposable
{
    readonly IDisposableReadOnlyCollection<OrtValue> _values;

    internal OnnxResults(IDisposableReadOnlyCollection<OrtValue> values) => _values = values;

    /// <summary>Number of outputs.</summary>
    public int Count => _values.Count;

    /// <summary>The values of an output, in row order.</summary>
    /// <typeparam name="T">As its <see cref="OnnxPort.Type"/> says.</typeparam>
    /// <param name="output">Its index.</param>
    /// <returns>Valid until this is disposed.</returns>
    public ReadOnlySpan<T> Values<T>(int output) where T : unmanaged => _values[output].GetTensorDataAsSpan<T>();

    /// <summary>The sizes of an output, slowest axis first.</summary>
    /// <param name="output">Its index.</param>
    public long[] Dims(int output) => _values[output].GetTensorTypeAndShape().Shape;

    /// <summary>Frees the values.</summary>
    public void Dispose() => _values.Dispose();
}
