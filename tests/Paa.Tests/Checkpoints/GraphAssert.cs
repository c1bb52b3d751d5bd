using Paa.Checkpoints;

namespace Paa.Tests.Checkpoints;

/// <summary>Compares what checkpoints hold, tensors by type, shape and bits.</summary>
static class GraphAssert
{
    public static void Equal(object? expected, object? actual)
    {
        switch (expected)
        {
            case PickleDict dict:
                var other = Assert.IsType<PickleDict>(actual);
                Assert.Equal(dict.IsOrderedDict, other.IsOrderedDict);
                Assert.Equal(dict.Keys, other.Keys);
                foreach (var (key, value) in dict) Equal(value, other[key]);
                Equal(dict.Attributes, other.Attributes);
                break;
            case byte[]:
                Assert.Equal(expected, actual);
                break;
            case IReadOnlyList<object?> list:
                Assert.Equal(expected.GetType(), actual?.GetType());
                var items = (IReadOnlyList<object?>)actual!;
                Assert.Equal(list.Count, items.Count);
                foreach (var (one, two) in list.Zip(items)) Equal(one, two);
                break;
            case StoredTensor tensor:
                Equal(tensor, Assert.IsType<StoredTensor>(actual));
                break;
            default:
                Assert.Equal(expected, actual);
                break;
        }
    }

    static void Equal(StoredTensor expected, StoredTensor actual)
    {
        Assert.Equal((expected.Type, expected.RequiresGrad, expected.IsParameter),
            (actual.Type, actual.RequiresGrad, actual.IsParameter));
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.True(expected.ToBytes().AsSpan().SequenceEqual(actual.ToBytes()), "The elements differ.");
    }
}
