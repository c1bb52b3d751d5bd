using System.Globalization;
using System.Text.Json;
using Paa.Checkpoints;
using Paa.Tests.Golden;

namespace Paa.Tests.Checkpoints;

/// <summary>Files written by PyTorch in both formats, against their values in NumPy files.</summary>
[Trait("Category", "Golden")]
public class CheckpointGoldenTests
{
    const string Index = "checkpoints/checkpoints.json";

    public static TheoryData<string> Files => GoldenFolder.Files("checkpoints", "*.pth");

    /// <summary>Zip files that have a legacy twin, in any folder.</summary>
    public static TheoryData<string> Twins
    {
        get
        {
            string[] files = Directory.Exists(GoldenFolder.Root)
                ? Directory.GetFiles(GoldenFolder.Root, "*.zip.pth", SearchOption.AllDirectories) : [];
            string[] twins = [.. files.Where(file =>
                File.Exists(LegacyOf(file))).Select(file => Path.GetRelativePath(GoldenFolder.Root, file))];
            return twins.Length == 0 ? [$"(absent).zip.pth"] : [.. twins.Order(StringComparer.Ordinal)];
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void Load_GivesTheValuesOfTheNumPyFile_AndTheTypesOfTheIndex(string file)
    {
        var tensors = StateDict.Load(GoldenFolder.Require(file));
        var stem = Path.GetFileName(file).Split('.')[0];
        var own = $"checkpoints/{stem}.npz";
        var expected = GoldenFolder.Arrays(GoldenFolder.Has(own) ? own : "checkpoints/state_dict.npz");
        var described = GoldenFolder.Json(Index).TryGetProperty(stem.Split('_')[0], out var types);
        Assert.Equal(expected.Names.Order(), tensors.Names.Order());
        foreach (var (name, tensor) in tensors)
        {
            Assert.Equal(expected.Shape(name), tensor.Shape.Select(size => (int)size));
            if (described)
                Assert.Equal(types.GetProperty(name).GetProperty("dtype").GetString(), tensor.Type.ToString(), ignoreCase: true);
            Assert.Equal(expected[name].Values.Cast<IConvertible>().Select(value => value.ToDouble(null)), ValuesOf(tensor));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void Load_GivesTheMetaOfTheIndex(string file)
    {
        var meta = StateDict.Load(GoldenFolder.Require(file)).Meta;
        Skip.If(meta.Values.Count == 0, $"{file} has no meta.");
        var expected = GoldenFolder.Json(Index).GetProperty("meta");
        AssertSame(expected, meta.Values);
        Assert.Equal(expected.GetProperty("CLASSES").EnumerateArray().Select(name => name.GetString()), meta.Classes);
        Assert.Equal(expected.GetProperty("epoch").GetInt64(), meta.Epoch);
    }

    [SkippableTheory]
    [MemberData(nameof(Twins))]
    public void Read_GivesTheSameFromBothFormats(string file)
    {
        var zip = GoldenFolder.Require(file);
        GraphAssert.Equal(TorchFile.Read(zip), TorchFile.Read(LegacyOf(zip)));
    }

    [SkippableTheory]
    [MemberData(nameof(Twins))]
    public void Write_OfWhatWasRead_RoundTrips(string file)
    {
        using var folder = new TemporaryFolder();
        var graph = TorchFile.Read(GoldenFolder.Require(file));
        TorchFile.Write(folder["copy.pth"], graph);
        GraphAssert.Equal(graph, TorchFile.Read(folder["copy.pth"]));
    }

    static string LegacyOf(string file) => file[..^"zip.pth".Length] + "legacy.pth";

    static IEnumerable<double> ValuesOf(StoredTensor tensor) => tensor.Type == ScalarType.Int64
        ? tensor.ToArray<long>().Select(value => (double)value)
        : tensor.ToArray<double>();

    static void AssertSame(JsonElement expected, object? actual)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                var dict = Assert.IsType<PickleDict>(actual);
                Assert.Equal(expected.EnumerateObject().Select(property => property.Name), dict.Keys.Cast<string>());
                foreach (var property in expected.EnumerateObject()) AssertSame(property.Value, dict[property.Name]);
                break;
            case JsonValueKind.Array:
                var list = Assert.IsAssignableFrom<IReadOnlyList<object?>>(actual);
                Assert.Equal(expected.GetArrayLength(), list.Count);
                foreach (var (item, value) in expected.EnumerateArray().Zip(list)) AssertSame(item, value);
                break;
            case JsonValueKind.Null: Assert.Null(actual); break;
            case JsonValueKind.True or JsonValueKind.False: Assert.Equal(expected.GetBoolean(), actual); break;
            case JsonValueKind.String: Assert.Equal(expected.GetString(), actual!.ToString()); break;
            default: Assert.Equal(expected.GetDouble(), Convert.ToDouble(actual, CultureInfo.InvariantCulture)); break;
        }
    }
}
