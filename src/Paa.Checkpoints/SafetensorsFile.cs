using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Paa.Platform;

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

    /// <summary>Finds all tensors, in the order of their places in the file. Elements of large ones stay there until they are
    /// asked for (see <see cref="Storage"/>).</summary>
    /// <returns>The tensors by name; texts of the header's <c>__metadata__</c> stand in <see cref="StateDict.Meta"/>.</returns>
    /// <exception cref="CheckpointException">The file is missing, damaged or of another format.</exception>
    public static StateDict Read(string path) => CheckpointFile.Read(path, (file, format) =>
        format == CheckpointFormat.Safetensors ? Read(file) : throw new CheckpointException(
            "is a file of torch.save, not of safetensors; read it with StateDict.Load or TorchFile.Read."));

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
                foreach (var (_, tensor) in tensors) tensor.Visit(stream.Write);
            });
        }
        catch (FileWriteException error)
        {
            throw new CheckpointException(error.Problem, path, error);
        }
    }

    /// <summary>Reads a file that begins like one of this format.</summary>
    internal static StateDict Read(CheckpointFile file)
    {
        try
        {
            return Parse(file);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new CheckpointException($"has a header that is not that of a safetensors file: {error.Message}", null, error);
        }
    }

    static StateDict Parse(CheckpointFile file)
    {
        var headerLength = BinaryPrimitives.ReadInt64LittleEndian(file.Read(0, sizeof(long)));
        var start = sizeof(long) + headerLength;
        using var header = JsonDocument.Parse(file.Read(sizeof(long), headerLength), new JsonDocumentOptions { MaxDepth = 8 });
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
            var storage = new Storage(entry.Type, (entry.End - entry.Begin) / entry.Type.Size());
            storage.Fill(file, start + entry.Begin);
            var tensor = new StoredTensor(storage, entry.Shape);
            if (tensor.Count != storage.Count)
                throw new CheckpointException($"gives '{entry.Name}' a shape that is not its size; the file is damaged.");
            result.Add(entry.Name, tensor);
            end = entry.End;
        }
        return start + end == file.Length ? result
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

/// <summary>The <c>meta</c> of a checkpoint as the texts that a safetensors file can hold, and back.</summary>
/// <remarks>A text in a dict of the meta has a key with a dot: <c>a.b</c> is the text <c>b</c> in the dict <c>a</c>.</remarks>
static class SafetensorsMetadata
{
    const string Classes = "paa.classes";
    static readonly string[] Numbers = ["epoch", "iter"];

    /// <summary>Classes (as JSON), epoch, iteration and some texts; <c>format: pt</c> is for other programs.</summary>
    /// <param name="meta">Borrowed.</param>
    /// <param name="texts">Keys of further texts to keep where the meta has them, such as <c>a.b</c>.</param>
    public static Dictionary<string, string> ToTexts(CheckpointMeta meta, IEnumerable<string> texts)
    {
        var result = new Dictionary<string, string> { ["format"] = "pt" };
        if (meta.Classes is { } classes) result[Classes] = JsonSerializer.Serialize(classes);
        foreach (var key in Numbers)
            if (meta.Values.TryGet<long>(key, out var number)) result[key] = number.ToString(CultureInfo.InvariantCulture);
        foreach (var key in texts)
            if (Find(meta.Values, key) is string text) result[key] = text;
        return result;
    }

    /// <summary>The texts of a file as a meta, with those that <see cref="ToTexts"/> wrote under the names of a <c>.pth</c>
    /// file.</summary>
    /// <param name="texts">Keys and texts; the last of a repeated key counts.</param>
    /// <exception cref="JsonException">The classes are no list of texts.</exception>
    internal static CheckpointMeta FromTexts(IEnumerable<(string Key, string? Text)> texts)
    {
        var values = new PickleDict();
        foreach (var (key, text) in texts)
            if (key == Classes) values["CLASSES"] = new PickleTuple([.. JsonSerializer.Deserialize<string[]>(text!) ?? []]);
            else if (key.Split('.', 2) is [var outer, var inner] && Inside(values, outer) is { } dict) dict[inner] = text;
            else values[key] = Numbers.Contains(key) ? Number(text) : text;
        return new CheckpointMeta(values);
    }

    /// <summary>The value of a key such as <c>a.b</c>; null if there is none.</summary>
    internal static object? Find(PickleDict values, string key) =>
        key.Split('.', 2) is [var outer, var inner] && values.TryGet<PickleDict>(outer, out var dict)
            ? dict.TryGetValue(inner, out var value) ? value : null
            : values.TryGetValue(key, out var own) ? own : null;

    /// <summary>The dict under a key, made where there is nothing; null if something else is there.</summary>
    static PickleDict? Inside(PickleDict values, string key)
    {
        if (!values.ContainsKey(key)) values[key] = new PickleDict();
        return values[key] as PickleDict;
    }

    static object? Number(string? text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : text;
}
