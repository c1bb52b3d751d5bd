using System.Globalization;
using System.Text.Json;

namespace Paa.Checkpoints;

/// <summary>What a detector's <c>meta</c> says, as the texts that a safetensors file can hold, and back.</summary>
public static class SafetensorsMetadata
{
    const string Classes = "paa.classes";
    const string Config = "paa.config";
    static readonly string[] Numbers = ["epoch", "iter"];

    /// <summary>Classes (as JSON), this project's configuration, epoch, iteration; <c>format: pt</c> is for others.</summary>
    /// <param name="meta">Borrowed.</param>
    public static Dictionary<string, string> ToTexts(CheckpointMeta meta)
    {
        var texts = new Dictionary<string, string> { ["format"] = "pt" };
        if (meta.Classes is { } classes) texts[Classes] = JsonSerializer.Serialize(classes);
        if (meta.Values.TryGet<PickleDict>("paa", out var own) && own.TryGet<string>("config", out var config))
            texts[Config] = config;
        foreach (var key in Numbers)
            if (meta.Values.TryGet<long>(key, out var number)) texts[key] = number.ToString(CultureInfo.InvariantCulture);
        return texts;
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
            else if (key == Config) values["paa"] = new PickleDict { { "config", text } };
            else values[key] = Numbers.Contains(key) ? Number(text) : text;
        return new CheckpointMeta(values);
    }

    static object? Number(string? text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : text;
}
