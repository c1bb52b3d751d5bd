using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Models;

namespace Paa.Training;

/// <summary>Which rows of a classification layer, one a class, come from which rows of the layer in a file.</summary>
/// <param name="Sources">For each class of the network its row in the file; -1 for a new class.</param>
/// <param name="Classes">Names of the network's classes; null if they or those of the file are not known.</param>
/// <param name="Shapes">Of the layer's weights in file and network, [K, C, 3, 3].</param>
sealed record ClassRows(int[] Sources, IReadOnlyList<string>? Classes, MismatchedShape Shapes)
{
    const int New = -1;

    /// <summary>Compares the classes of a file with those of a network.</summary>
    /// <param name="weights">The file, whose meta may name its classes. Without names, as many rows as the network has are taken
    /// in order, and 80 rows are COCO's classes.</param>
    /// <param name="layer">Name of the layer, whose head has one anchor a position, so that a row is a class.</param>
    /// <param name="parameters">Of the network.</param>
    /// <param name="classes">Names of the network's classes in label order; null if they are not known.</param>
    /// <returns>Null if the file has no such layer, or one that reads other channels.</returns>
    public static ClassRows? Find(
        StateDict weights, string layer, IReadOnlyList<ParameterSpec> parameters, IReadOnlyList<string>? classes)
    {
        var expected = parameters.Single(parameter => parameter.Name == $"{layer}.weight").Shape;
        if (!weights.TryGetValue($"{layer}.weight", out var stored) || !weights.TryGetValue($"{layer}.bias", out var bias)
            || stored.Shape.Length != expected.Length || !stored.Shape.AsSpan(1).SequenceEqual(expected.AsSpan(1))
            || !bias.Shape.AsSpan().SequenceEqual([stored.Shape[0]]))
            return null;
        var (fileCount, count) = ((int)stored.Shape[0], (int)expected[0]);
        var shapes = new MismatchedShape($"{layer}.weight", stored.Shape, expected);
        var names = weights.Meta.Classes is { } told && told.Count == fileCount ? told
            : fileCount != count && fileCount == CocoClasses.Names.Count ? CocoClasses.Names
            : null;
        if (names is not null && classes is not null) return new(Match(names, classes), classes, shapes);
        return new([.. Enumerable.Range(0, count).Select(row => fileCount == count ? row : New)], null, shapes);
    }

    /// <summary>For each class the index of its name in a file: the equal one, else one that differs in case only.</summary>
    internal static int[] Match(IReadOnlyList<string> names, IReadOnlyList<string> classes)
    {
        var sources = new int[classes.Count];
        Array.Fill(sources, New);
        foreach (var comparison in new[] { StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase })
        {
            for (var label = 0; label < sources.Length; label++)
            {
                for (var row = 0; row < names.Count && sources[label] == New; row++)
                    if (names[row].Equals(classes[label], comparison) && !sources.Contains(row)) sources[label] = row;
            }
        }
        return sources;
    }

    /// <summary>The layer's weights or bias: rows of the file, and those of a random start for new classes.</summary>
    /// <param name="stored">Of the file, [rows, ...]; quantised ones are read as numbers.</param>
    /// <param name="start">Of the network, [K, ...].</param>
    public StoredTensor Merge(StoredTensor stored, StoredTensor start)
    {
        var (from, to) = (stored.ToArray<double>(), start.ToArray<float>());
        var length = to.Length / Sources.Length;                                 // numbers a class
        for (var label = 0; label < Sources.Length; label++)
        {
            if (Sources[label] == New) continue;
            for (var i = 0; i < length; i++) to[label * length + i] = (float)from[Sources[label] * length + i];
        }
        return StoredTensor.From<float>(to, start.Shape);
    }

    /// <summary>A sentence about classes that were found and that are new; none if the layers are equal row by row.</summary>
    public IEnumerable<string> Describe()
    {
        const int shown = 10;
        if (Shapes.Stored[0] == Shapes.Expected[0] && Sources.SequenceEqual(Enumerable.Range(0, Sources.Length))) yield break;
        var layer = Shapes.Stored[0] == Shapes.Expected[0] ? "" : $" ({Shapes})";
        if (Classes is null)
        {
            yield return $"The names of its classes or of this network's are not known: all classes are new{layer}.";
            yield break;
        }
        string[] found = [.. Classes.Where((_, label) => Sources[label] != New)];
        string[] added = [.. Classes.Where((_, label) => Sources[label] == New)];
        var start = found.Length == 0
            ? $"None of this network's classes is among its {Shapes.Stored[0]}"
            : $"Of its {Shapes.Stored[0]} classes {DetectorStart.Some(found, shown)} "
                + $"{(found.Length == 1 ? "keeps its" : "keep their")} weights";
        yield return $"{start}{(added.Length == 0 ? "" : $"; new: {DetectorStart.Some(added, shown)}")}{layer}.";
    }
}
