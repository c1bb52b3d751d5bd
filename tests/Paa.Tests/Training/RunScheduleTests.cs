using Paa.Options;
using Paa.Training;

namespace Paa.Tests.Training;

public sealed class RunScheduleTests
{
    [Fact]
    public void TotalIterations_AreThoseOfTheEpochs_UnlessThereAreFewer()
    {
        var config = new PaaConfig { Duration = new() { MaxEpochs = 3 } };
        Assert.Equal((30, 3), Length(config));
        Assert.Equal((21, 3), Length(config with { Duration = new() { MaxEpochs = 3, MaxIterations = 21 } }));
        Assert.Equal((20, 2), Length(config with { Duration = new() { MaxEpochs = 3, MaxIterations = 20 } }));
        Assert.Equal((30, 3), Length(config with { Duration = new() { MaxEpochs = 3, MaxIterations = 99 } }));

        static (long, int) Length(PaaConfig config)
        {
            var schedule = new RunSchedule(config, batchesPerEpoch: 10, evaluates: true, imagesPerUpdate: 1);
            return (schedule.TotalIterations, schedule.Epochs);
        }
    }

    /// <summary>Counted one by one as the trainer does them.</summary>
    [Fact]
    public void Events_AreThoseOfTheEpochsThatAreLeft()
    {
        var random = new Random(3);
        for (var run = 0; run < 500; run++)
        {
            var config = new PaaConfig
            {
                Duration = new()
                {
                    MaxEpochs = random.Next(1, 30),
                    MaxIterations = random.Next(3) == 0 ? random.Next(1, 200) : null,
                },
                Evaluation = new() { EpochInterval = random.Next(0, 7) },
                Checkpoints = new() { EpochInterval = random.Next(1, 7) },
            };
            var evaluates = config.Evaluation.EpochInterval > 0 && random.Next(4) > 0;
            var schedule = new RunSchedule(config, batchesPerEpoch: 8, evaluates, imagesPerUpdate: 1);
            var done = random.Next(schedule.Epochs + 1);
            var (evaluations, checkpoints) = (0, 0);
            for (var epoch = done + 1; epoch <= schedule.Epochs; epoch++)
            {
                var isLast = epoch == schedule.Epochs;
                var isEvaluated = schedule.IsEvaluationDue(epoch, isLast);
                if (isEvaluated) evaluations++;
                if (isLast || epoch % config.Checkpoints.EpochInterval == 0) checkpoints += isEvaluated ? 2 : 1;
            }
            Assert.Equal((evaluations, checkpoints), schedule.Events(done));
        }
    }
}
