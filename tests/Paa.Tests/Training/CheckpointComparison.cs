using Paa.Checkpoints;
using Paa.Training;

namespace Paa.Tests.Training;

/// <summary>Compares where two runs ended.</summary>
static class CheckpointComparison
{
    /// <summary>
    /// Position, weights, buffers, average and optimiser of the newest checkpoints are equal, tensors bit for bit.
    /// </summary>
    public static void AssertEqual(string expectedFolder, string actualFolder)
    {
        var (expected, actual) = (Read(expectedFolder), Read(actualFolder));
        Assert.Equal(expected.Position, actual.Position);
        Assert.Equal(expected.Best, actual.Best);
        Assert.Equal(expected.EarlyStopping, actual.EarlyStopping);
        AssertEqual(expected.StateDict.ToGraph(), actual.StateDict.ToGraph(), "state_dict");
        AssertEqual(expected.Average?.ToGraph(), actual.Average?.ToGraph(), "average");
        Assert.Equal(expected.AverageSteps, actual.AverageSteps);
        AssertEqual(expected.Optimizer!, actual.Optimizer!, "optimizer");
    }

    static TrainingCheckpoint Read(string folder) => TrainingCheckpoint.Read(Path.Combine(folder, CheckpointStore.LatestName));

    static void AssertEqual(object? expected, object? actual, string place)
    {
        switch (expected)
        {
            case PickleDict values:
                var others = Assert.IsType<PickleDict>(actual);
                Assert.Equal(values.Keys, others.Keys);
                foreach (var (key, value) in values) AssertEqual(value, others[key], $"{place}.{key}");
                break;
            case StoredTensor tensor:
                var other = Assert.IsType<StoredTensor>(actual);
                Assert.Equal(tensor.Shape, other.Shape);
                Assert.True(tensor.ToBytes().AsSpan().SequenceEqual(other.ToBytes()), $"{place} differs.");
                break;
            case IEnumerable<object?> items:
                foreach (var (item, index) in items.Select((item, index) => (item, index)))
                    AssertEqual(item, ((IEnumerable<object?>)actual!).ElementAt(index), $"{place}[{index}]");
                break;
            default:
                Assert.Equal(expected, actual);
                break;
        }
    }
}
