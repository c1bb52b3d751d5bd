using System.Globalization;
using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Mmdetection;

namespace Paa.Detectors;

/// <summary>The configuration that a checkpoint holds as text: ours, or MMDetection's, which is read and never run.</summary>
/// <param name="Tree">The values that it sets, under our keys, each with its place; not checked. Null if there is no text that
/// can be read.</param>
/// <param name="Problem">Why a text that is there cannot be read; null if all can.</param>
/// <param name="Differences">What the text asks for that is not done here and changes the boxes.</param>
sealed record StoredConfig(ConfigMapping? Tree, string? Problem, IReadOnlyList<ImportNote> Differences)
{
    const string OwnSource = "meta['paa']['config']";
    const int MaxOwnLength = 1 << 16;        // some four thousand letters are usual
    const int MaxTheirLength = 1 << 20;      // MMDetection's are 5 to 60 thousand letters long

    /// <summary>Keys of the meta under which MMDetection 2.x and 3.x store the configuration of a training.</summary>
    public static IReadOnlyList<string> MmdetectionKeys { get; } = ["config", "cfg"];

    /// <summary>Reads the first text that can be read of <c>meta['paa']['config']</c>, <c>meta['config']</c> (MMDetection 2.x)
    /// and <c>meta['cfg']</c> (3.x).</summary>
    /// <param name="meta">Of the checkpoint.</param>
    public static StoredConfig Read(CheckpointMeta meta)
    {
        string? problem = null;
        foreach (var (source, text) in Texts(meta))
        {
            try
            {
                var (tree, notes) = Parse(source, text);
                return new StoredConfig(tree, problem, [.. notes.Where(note => note.Kind == ImportNoteKind.ChangesBoxes)]);
            }
            catch (ConfigException error)
            {
                problem ??= error.Message;
            }
        }
        return new StoredConfig(null, problem, []);
    }

    static IEnumerable<(string Source, string Text)> Texts(CheckpointMeta meta)
    {
        if (PaaMeta.Of(meta).Config is { } own) yield return (OwnSource, own);
        foreach (var key in MmdetectionKeys)
            if (meta.Text(key) is { } text && !string.IsNullOrWhiteSpace(text)) yield return ($"meta['{key}']", text);
    }

    static (ConfigMapping Tree, IReadOnlyList<ImportNote> Notes) Parse(string source, string text)
    {
        var isOwn = source == OwnSource;
        var most = isOwn ? MaxOwnLength : MaxTheirLength;
        if (text.Length > most)
            throw new ConfigException(new ConfigLocation(source),
                string.Create(CultureInfo.InvariantCulture, $"has {text.Length} letters, {most} are read"));
        return isOwn ? (ConfigLoader.ReadTree(text, source), []) : ReadTheirs(source, text);
    }

    /// <summary>With the data sets for an evaluation, unless these are what cannot be read.</summary>
    static (ConfigMapping Tree, IReadOnlyList<ImportNote> Notes) ReadTheirs(string source, string text)
    {
        try
        {
            return MmdetectionImport.ReadUnchecked(text, source, ImportPurpose.Evaluation);
        }
        catch (ConfigException)
        {
            return MmdetectionImport.ReadUnchecked(text, source, ImportPurpose.Inference);
        }
    }
}
