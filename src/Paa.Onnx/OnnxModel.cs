using System.Globalization;
using global::Onnx;
using Google.Protobuf;
using Paa.Platform;

namespace Paa.Onnx;

/// <summary>An ONNX model: a graph, the version of its operators, and texts about it.</summary>
/// <param name="opset">Version of the standard's operators: 17, which every reader knows, unless a node needs a later
/// one.</param>
/// <param name="name">Of the graph.</param>
public sealed class OnnxModel(int opset = OnnxModel.DefaultOpset, string name = "model")
{
    /// <summary>Version of the operators that ONNX 1.12 has, the one that Debian 12 and everything since can read.</summary>
    public const int DefaultOpset = 17;

    /// <summary>Bytes of the largest message that a reader of protocol buffers takes.</summary>
    public const long MaxFileSize = int.MaxValue;

    /// <summary>Constants below this size stay in the model when others leave.</summary>
    const int SmallConstant = 1024;

    /// <summary>So that readers can map the data into memory.</summary>
    const long PageSize = 4096;

    /// <summary>Room for everything but constants.</summary>
    const long GraphBytes = 1 << 26;

    /// <summary>Version of the operators.</summary>
    public int Opset { get; } = opset;

    /// <summary>The graph.</summary>
    public OnnxGraph Graph { get; } = new(name);

    /// <summary>Texts for whoever uses the model, in this order.</summary>
    public OrderedDictionary<string, string> Metadata { get; } = [];

    /// <summary>What the model is, for a reader.</summary>
    public string Description { get; set; } = "";

    /// <summary>Bytes of all constants.</summary>
    public long ConstantBytes => Graph.Proto.Initializer.Sum(constant => (long)constant.RawData.Length);

    /// <summary>The model as the bytes of a file.</summary>
    /// <exception cref="InvalidOperationException">It is larger than <see cref="MaxFileSize"/>.</exception>
    public byte[] ToBytes() => ConstantBytes < MaxFileSize - GraphBytes
        ? Proto().ToByteArray()
        : throw new InvalidOperationException(
            $"OnnxModel: {ConstantBytes} bytes of weights do not fit into one message; write the model to a file.");

    /// <summary>Writes the model to a file, whole or not at all; where it would be too large, its constants go to
    /// <c>PATH.data</c> beside it.</summary>
    /// <param name="path">Replaced if it exists.</param>
    /// <param name="largestFile">Bytes of constants from which they leave the model.</param>
    /// <returns>The files that were written.</returns>
    /// <exception cref="FileWriteException">A file cannot be written.</exception>
    public IReadOnlyList<string> Write(string path, long largestFile = MaxFileSize - GraphBytes)
    {
        if (ConstantBytes < largestFile)
        {
            AtomicFile.Write(path, stream => Proto().WriteTo(stream));
            return [path];
        }
        var dataPath = path + ".data";
        AtomicFile.Write(path, stream => AtomicFile.Write(dataPath, data =>
        {
            WithDataOutside(Path.GetFileName(dataPath), data).WriteTo(stream);
            stream.Flush();
            data.Flush();
            // An older model must not be found beside the new data.
            if (File.Exists(dataPath)) File.Delete(path);
        }));
        return [path, dataPath];
    }

    ModelProto Proto()
    {
        var proto = new ModelProto
        {
            IrVersion = Opset >= 19 ? 9 : 8,
            ProducerName = "Paa",
            ProducerVersion = typeof(OnnxModel).Assembly.GetName().Version!.ToString(3),
            DocString = Description,
            Graph = Graph.Proto,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = Opset } },
        };
        foreach (var (key, value) in Metadata) proto.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return proto;
    }

    /// <summary>The model with its larger constants written to a stream.</summary>
    ModelProto WithDataOutside(string location, Stream data)
    {
        var graph = new GraphProto
        {
            Name = Graph.Proto.Name,
            Node = { Graph.Proto.Node },
            Input = { Graph.Proto.Input },
            Output = { Graph.Proto.Output },
        };
        foreach (var constant in Graph.Proto.Initializer)
            graph.Initializer.Add(constant.RawData.Length < SmallConstant ? constant : Outside(constant));
        var proto = Proto();
        proto.Graph = graph;
        return proto;

        TensorProto Outside(TensorProto constant)
        {
            var offset = (data.Position + PageSize - 1) / PageSize * PageSize;
            data.Write(new byte[offset - data.Position]);
            data.Write(constant.RawData.Span);
            var own = new TensorProto
            {
                Name = constant.Name,
                DataType = constant.DataType,
                Dims = { constant.Dims },
                DataLocation = TensorProto.Types.DataLocation.External,
            };
            AddEntry("location", location);
            AddEntry("offset", offset.ToString(CultureInfo.InvariantCulture));
            AddEntry("length", constant.RawData.Length.ToString(CultureInfo.InvariantCulture));
            return own;

            void AddEntry(string key, string value) =>
                own.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        }
    }
}
