using Paa.Torch.Optim;

namespace Paa.Tests.Torch.Optim;

/// <summary>The rule of torch.cuda.amp.GradScaler.update, step by step: what its documentation and _amp_update_scale_
/// say.</summary>
public class LossScalerTests
{
    [Fact]
    public void Defaults_ArePyTorchs()
    {
        var scaler = new LossScaler();
        Assert.Equal((65536f, 2.0, 0.5, 2000, true),
            (scaler.Scale, scaler.GrowthFactor, scaler.BackoffFactor, scaler.GrowthInterval, scaler.IsDynamic));
    }

    [Fact]
    public void Update_GrowsAfterTheIntervalAndBacksOffAtOnce()
    {
        var scaler = new LossScaler(growthInterval: 3);
        const float s = 65536;
        // + is a sound update, - a skipped one. Growth and back-off both begin the count anew.
        Check("++", s, 2);
        Check("+", 2 * s, 0);
        Check("++", 2 * s, 2);
        Check("-", s, 0);
        Check("--", s / 4, 0);
        Check("+++", s / 2, 0);
        Check("+++", s, 0);

        void Check(string updates, float scale, int tracker)
        {
            foreach (var update in updates) scaler.Update(update == '+');
            Assert.Equal((scale, tracker), (scaler.Scale, scaler.GrowthTracker));
        }
    }

    [Fact]
    public void Update_WithTheDefaults_GrowsAfter2000SoundSteps()
    {
        var scaler = new LossScaler();
        for (var i = 0; i < 1999; i++) scaler.Update(true);
        Assert.Equal(65536, scaler.Scale);
        scaler.Update(true);
        Assert.Equal(131072, scaler.Scale);
    }

    [Fact]
    public void Update_CountsSkipsInARow()
    {
        var scaler = new LossScaler();
        foreach (var (isSound, expected) in new[] { (false, 1), (false, 2), (true, 0), (false, 1) })
        {
            scaler.Update(isSound);
            Assert.Equal(expected, scaler.SkippedInARow);
        }
    }

    [Fact]
    public void Update_DoesNotGrowBeyondSinglePrecision()
    {
        var scaler = new LossScaler(initialScale: 2e38, growthInterval: 1);
        scaler.Update(true);
        Assert.Equal(2e38f, scaler.Scale);
    }

    [Fact]
    public void Update_OfAStaticScale_KeepsIt()
    {
        var scaler = new LossScaler(initialScale: 512, growthInterval: 1, isDynamic: false);
        foreach (var isSound in new[] { true, false, true }) scaler.Update(isSound);
        Assert.Equal((512, 0), (scaler.Scale, scaler.GrowthTracker));
        scaler.SetState(new LossScalerState(8, 5, 3));
        Assert.Equal((512f, 3), (scaler.Scale, scaler.SkippedInARow));
    }

    [Fact]
    public void SetState_ContinuesExactly()
    {
        var (straight, first) = (new LossScaler(growthInterval: 5), new LossScaler(growthInterval: 5));
        const string updates = "++-+++++-++++";
        foreach (var update in updates[..7])
        {
            straight.Update(update == '+');
            first.Update(update == '+');
        }
        var second = new LossScaler(growthInterval: 5);
        second.SetState(first.GetState());
        foreach (var update in updates[7..])
        {
            straight.Update(update == '+');
            second.Update(update == '+');
            Assert.Equal(straight.GetState(), second.GetState());
        }
        Assert.NotEqual(65536, second.Scale);
    }

    [Theory]
    [InlineData(0, 2, 0.5, 1)]
    [InlineData(1, 1, 0.5, 1)]
    [InlineData(1, 2, 1, 1)]
    [InlineData(1, 2, 0.5, 0)]
    public void Construct_WithNonsense_Fails(double scale, double growth, double backoff, int interval) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LossScaler(scale, growth, backoff, interval));
}
