using Paa.Checkpoints;
using Paa.Torch;

namespace Paa.Tests.Checkpoints;

public class StoredTensorTests
{
    static Storage Numbers(int count) =>
        new(ScalarType.Int16, Enumerable.Range(0, count).SelectMany(i => BitConverter.GetBytes((short)i)).ToArray());

    [Fact]
    public void ToArray_FollowsOffsetAndStrides()
    {
        Assert.Equal([0, 3, 1, 4, 2, 5], new StoredTensor(Numbers(6), [3, 2], [1, 3]).ToArray<short>());
        Assert.Equal([7, 8, 10, 11], new StoredTensor(Numbers(12), [2, 1, 2], [3, 9, 1], 7).ToArray<short>());
        Assert.Equal([5, 5, 5], new StoredTensor(Numbers(6), [3], [0], 5).ToArray<short>());
        Assert.Equal([5], new StoredTensor(Numbers(6), [], [], 5).ToArray<short>());
        Assert.Equal(Enumerable.Range(0, 24).Select(i =>
            (short)(i % 4 * 6 + i / 4)), new StoredTensor(Numbers(24), [3, 2, 4], [2, 1, 6]).ToArray<short>());
        Assert.Empty(new StoredTensor(Numbers(6), [2, 0, 3]).ToArray<short>());
    }

    [Fact]
    public void ToArray_WidensWithoutLoss()
    {
        var halves = StoredTensor.From<Half>([(Half)1.5f, Half.MinValue, Half.Epsilon], 3);
        Assert.Equal([1.5f, -65504f, 6e-8f], halves.ToArray<float>(), (a, b) => Math.Abs(a - b) < 1e-9f);
        Assert.Equal([1.0, 0.0], StoredTensor.From<bool>([true, false], 2).ToArray<double>());
        Assert.Equal([-128L, 127L], StoredTensor.From<sbyte>([-128, 127], 2).ToArray<long>());
        Assert.Equal([int.MinValue, (double)int.MaxValue],
            StoredTensor.From<int>([int.MinValue, int.MaxValue], 2).ToArray<double>());
        Assert.Equal([200], StoredTensor.From<byte>([200], 1).ToArray<int>());
        var brain = new StoredTensor(new Storage(ScalarType.BFloat16, new byte[] { 0xc0, 0x3f, 0x80, 0xff }), [2]);
        Assert.Equal([1.5f, float.NegativeInfinity], brain.ToArray<float>());
    }

    [Fact]
    public void ToArray_ThatWouldLoseDigits_IsRefused()
    {
        Assert.Throws<CheckpointException>(() => StoredTensor.From<long>([1], 1).ToArray<float>());
        Assert.Throws<CheckpointException>(() => StoredTensor.From<double>([1], 1).ToArray<float>());
        Assert.Throws<CheckpointException>(() => StoredTensor.From<int>([1], 1).ToArray<float>());
        Assert.Throws<CheckpointException>(() => StoredTensor.From<float>([1], 1).ToArray<int>());
    }

    [Theory]
    [InlineData(new long[] { 7 }, new long[] { 1 }, 0)]
    [InlineData(new long[] { 3, 3 }, new long[] { 2, 1 }, 1)]
    [InlineData(new long[] { 1 }, new long[] { 1 }, 6)]
    [InlineData(new long[] { 1 }, new long[] { 1 }, -1)]
    [InlineData(new long[] { 2 }, new long[] { long.MaxValue }, 0)]
    [InlineData(new long[] { 0 }, new long[] { 1 }, 7)]
    public void Constructor_RefusesAViewOutsideOfItsStorage(long[] shape, long[] strides, long offset) =>
        Assert.Throws<CheckpointException>(() => new StoredTensor(Numbers(6), shape, strides, offset));

    [Fact]
    public void ToTensor_InvertsFrom()
    {
        using var scope = new TensorScope();
        var tensor = new StoredTensor(Numbers(6), [3, 2], [1, 3]).ToTensor();
        Assert.Equal([3, 2], tensor.Shape);
        Assert.Equal([0, 3, 1, 4, 2, 5], tensor.ToArray<short>());
        Assert.Equal([0, 1, 2, 3, 4, 5], tensor.Permute(1, 0).ToStored().ToArray<short>());
        Assert.Equal(ScalarType.BFloat16, new StoredTensor(new Storage(ScalarType.BFloat16, new byte[4]), [2]).ToTensor().Type);
    }
}
