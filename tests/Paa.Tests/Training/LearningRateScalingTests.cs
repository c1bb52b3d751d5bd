using Paa.Options;
using Paa.Training;

namespace Paa.Tests.Training;

public sealed class LearningRateScalingTests
{
    static readonly PaaConfig Off = new() { Optimizer = new OptimizerOptions { LearningRate = 0.01 } };
    static readonly PaaConfig On = Off with { LearningRateScaling = new LearningRateScalingOptions { IsEnabled = true } };

    [Theory]
    [InlineData(2, 0.00125)]
    [InlineData(16, 0.01)]
    [InlineData(64, 0.04)]
    public void BaseRate_IsInProportionToTheBatch(int batchSize, double rate)
    {
        Assert.Equal(rate, LearningRateScaling.BaseRate(On, batchSize), 15);
        Assert.Equal(0.01, LearningRateScaling.BaseRate(Off, batchSize));
    }

    [Fact]
    public void Notice_IsGivenForAnotherBatchSize()
    {
        Assert.Null(LearningRateScaling.Notice(Off, 16));
        Assert.Null(LearningRateScaling.Notice(On, 16));
        Assert.Equal("The learning rate 0.01 is for 16 images an update, here they are 2: --auto-scale-lr makes it 0.00125; "
            + "auto_scale_lr.base_batch_size=2 says it is right.", LearningRateScaling.Notice(Off, 2));
        Assert.Equal("The learning rate is 0.00125: 0.01 for 16 images, scaled to a batch of 2.",
            LearningRateScaling.Notice(On, 2));
    }
}
