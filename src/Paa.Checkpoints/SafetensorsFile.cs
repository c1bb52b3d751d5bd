using System.Buffers.Binary;
using System.Text.Json;

namespace Paa.Checkpoints;

/// <summary>Files of the safetensors format: a length, a JSON header with names, types, shapes and places, then the
/// elements.</summary>
/// <remarks>As published at github.com/huggingface/safetensors: little-endian, row-major, without gaps or overlaps.</remarks>
public static class SafetensorsFile
{
    /// <summary>Bytes of header that are read: a hundred times those of a detector. (The reference implementation reads 100 MB,
    /// whose parsed form takes a gigabyte.)</summary>
    internal const int MaxHeader = 16 << 20;

    const string MetadataKey = "__metadata__";

    /// <summary>Reads all tensors, in the order of their places in the file.</summary>
    /// <returns>The tensors by name; texts of the header's <c>__metadata__</c> stand in <see cref="StateDict.Meta"/>.</returns>
    /// <exception cref="CheckpointException">The file is missing, damaged or of another format.</exception>
    public static StateDict Read(string path)
    {
        using var source = new CheckpointSource(path);
        try
        {
            return Read(source);
        }
        catch (CheckpointException error)
        {
            throw error.In(path);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new CheckpointException($"has a header that is not that of a safetensors file: {error.Message}", path, error);
        }
    }

    /// <summary>Writes tensors in row-major order, whole or not at all (see <see cref="AtomicFile"/>). Equal content gives equal
    /// bytes.</summary>
    /// <param name="path">Replaced if it exists.</param>
    /// <param name="tensors">Written in their order. Borrowed.</param>
    /// <param name="metadata">Texts by key, or null.</param>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public static void Write(string path, StateDict tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var header = WriteHeader(tensors, metadata);
        try
        {
            AtomicFile.Write(path, stream =>
            {
                Span<byte> length = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
                stream.Write(length);
                stream.Write(header);
                foreach (var (_, tensor) in tensors) stream.Write(StoredElements.Gather(tensor).Span);
            });
        }
        catch (IOException error)
        {
            throw new CheckpointException(error.Message, innerException: error);      // AtomicFile's message names the file
        }
    }

    static StateDict Read(CheckpointSource source)
    {
        var head = source.Read(0, Math.Min(UnknownFile.HeadLength, source.Length));
        if (!UnknownFile.IsSafetensors(head)) throw UnknownFile.Explain(head);
        var headerLength = BinaryPrimitives.ReadInt64LittleEndian(head);
        var start = sizeof(long) + headerLength;
        using var header = JsonDocument.Parse(source.Read(sizeof(long), headerLength), new JsonDocumentOptions { MaxDepth = 8 });
        var (texts, entries, names) = (new List<(string, string?)>(), new List<Entry>(), new HashSet<string>());
        foreach (var property in header.RootElement.EnumerateObject())
        {
            if (!names.Add(property.Name)) throw new CheckpointException($"has '{property.Name}' twice; the file is damaged.");
            if (property.Name != MetadataKey) entries.Add(Entry.Parse(property));
            else texts.AddRange(property.Value.EnumerateObject().Select(text => (text.Name, text.Value.GetString())));
        }
        var result = new StateDict { Meta = SafetensorsMetadata.FromTexts(texts) };
        var end = 0L;                                                   // each tensor begins where the last one ended
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != end)
                throw new CheckpointException($"has a gap or an overlap before '{entry.Name}'; the file is damaged.");
            var tensor = new StoredTensor(new Storage(entry.Type, source.Read(start + entry.Begin, entry.End - entry.Begin)), entry.Shape);
            if (tensor.Count != tensor.Storage.Count)
                throw new CheckpointException($"gives '{entry.Name}' a shape that is not its size; the file is damaged.");
            result.Add(entry.Name, tensor);
            end = entry.End;
        }
        return start + end == source.Length ? result
            : throw new CheckpointException("is longer than its header says; it is damaged.");
    }

    static byte[] WriteHeader(StateDict tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 }) WriteMetadata(json, metadata);
            var begin = 0L;
            foreach (var (name, tensor) in tensors)
            {
                var end = begin + tensor.Count * tensor.Type.Size();
                json.WriteStartObject(name);
                json.WriteString("dtype", tensor.Type.SafetensorsName());
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [begin, end]);
                json.WriteEndObject();
                begin = end;
            }
            json.WriteEndObject();
        }
        while (output.Length % 8 != 0) output.WriteByte((byte)' ');     // so that the elements are aligned
        return output.ToArray();
    }

    static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(MetadataKey);
        foreach (var (key, text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(key, text);
        json.WriteEndObject();
    }

    static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    /// <summary>One tensor of the header, with its place relative to the end of the header.</summary>
    sealed record Entry(string Name, ScalarType Type, long[] Shape, long Begin, long End)
    {
        public static Entry Parse(JsonProperty property)
        {
            var type = property.Value.TryGetProperty("dtype", out var dtype) ? dtype.GetString() : null;
            var row = Array.Find(ScalarTypeNames.All, row => row.Safetensors == type);
            if (row.Safetensors is null)
                throw new CheckpointException($"has '{property.Name}' of type {type}, which is not read.");
            if (!property.Value.TryGetProperty("shape", out var shape)
                || !property.Value.TryGetProperty("data_offsets", out var offsets)
                || Longs(offsets) is not [var begin, var end] || begin < 0 || end < begin || (end - begin) % row.Type.Size() != 0)
                throw new CheckpointException($"describes '{property.Name}' wrongly; the file is damaged.");
            return new Entry(property.Name, row.Type, Longs(shape), begin, end);
        }

        static long[] Longs(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetInt64())];
    }
}
