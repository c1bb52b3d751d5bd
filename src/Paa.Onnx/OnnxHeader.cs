using global::Onnx;
using Google.Protobuf;

namespace Paa.Onnx;

/// <summary>What a file says about its model, read without its graph and weights.</summary>
/// <param name="Producer">The program that wrote it.</param>
/// <param name="Metadata">Its texts, by name.</param>
public sealed record OnnxHeader(string Producer, IReadOnlyDictionary<string, string> Metadata)
{
    const int MaxTextLength = 1 << 20;

    /// <summary>Reads the header of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="OnnxException">It cannot be read, or is no ONNX model.</exception>
    public static OnnxHeader Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return Read(file);
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or InvalidDataException)
        {
            throw new OnnxException($"{path}: this is no ONNX model, or it is damaged.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OnnxException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    static OnnxHeader Read(Stream file)
    {
        var (producer, hasGraph, texts) = ("", false, new Dictionary<string, string>());
        using var reader = new CodedInputStream(file, leaveOpen: true);
        while (reader.ReadTag() is var tag and not 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag))
            {
                case (ModelProto.ProducerNameFieldNumber, WireFormat.WireType.LengthDelimited):
                    producer = reader.ReadString();
                    break;
                case (ModelProto.MetadataPropsFieldNumber, WireFormat.WireType.LengthDelimited):
                    var text = new StringStringEntryProto();
                    reader.ReadMessage(text);
                    if (text.Value.Length <= MaxTextLength) texts[text.Key] = text.Value;
                    break;
                case (ModelProto.GraphFieldNumber, WireFormat.WireType.LengthDelimited):
                    hasGraph = true;
                    reader.SkipLastField();
                    break;
                default:
                    reader.SkipLastField();
                    break;
            }
        }
        return hasGraph ? new OnnxHeader(producer, texts) : throw new InvalidDataException("The file has no graph.");
    }
}
