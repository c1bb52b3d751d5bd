using Paa.Cli.Shared;
using Paa.Cli.Train;
using Paa.Tests.Cli.Shared;
using Paa.Training;
using Paa.Training.Losses;

namespace Paa.Tests.Cli.Train;

/// <summary>Without a terminal; <see cref="StatusLineTests"/> has the bar.</summary>
public sealed class TrainingProgressTests
{
    const int Batches = 100;

    readonly ManualClock _clock = new();
    readonly StringWriter _text = new() { NewLine = "\n" };

    [Fact]
    public void Epochs_GetALineEach_WithTheMeansOfTheEpoch()
    {
        var lines = Train(epochs: 2, secondsAStep: 0.5, loss: step => step <= Batches ? 2 : 1);
        Assert.Equal(2, lines.Length);
        Assert.Matches(@"^epoch 1/2 100/100  loss 2\.000 \(cls 2\.000 .*  8\.0 img/s  .* ETA 00:00:50$", lines[0]);
        Assert.Matches(@"^epoch 2/2 100/100  loss 1\.000 \(cls 1\.000 .* ETA 00:00:00$", lines[1]);
    }

    [Fact]
    public void LongEpoch_GetsALineEveryFewMinutes()
    {
        var lines = Train(epochs: 1, secondsAStep: 10, loss: _ => 1);
        Assert.Equal(["30/100", "60/100", "90/100", "100/100"], lines.Select(line => line.Split(' ')[2]));
    }

    [Fact]
    public void RunThatEndsWithinAnEpoch_GetsALineForIt()
    {
        var lines = Train(epochs: 1, secondsAStep: 0.1, loss: _ => 1, total: 7);
        Assert.StartsWith("epoch 1/1 7/100  ", Assert.Single(lines));
    }

    string[] Train(int epochs, double secondsAStep, Func<int, double> loss, int? total = null)
    {
        var progress = new TrainingProgress(
            new Shell(TextWriter.Null, _text, CancellationToken.None, () => Stream.Null), _clock);
        var count = total ?? epochs * Batches;
        progress.Started(new TrainingPlan("work", 400, Batches, epochs, count, 1_000_000, new TrainingPosition(0, 0, 0)));
        for (var step = 1; step <= count; step++)
        {
            _clock.Pass(secondsAStep);
            progress.Stepped(new StepReport(new TrainingPosition((step - 1) / Batches, (step - 1) % Batches + 1, step), 0.01,
                new LossValues { Classification = (float)loss(step) }, null, 4, TimeSpan.Zero,
                TimeSpan.FromSeconds(secondsAStep))
            { TimeLeft = TimeSpan.FromSeconds((count - step) * secondsAStep) });
        }
        return _text.ToString().TrimEnd().Split('\n')[1..];
    }
}
