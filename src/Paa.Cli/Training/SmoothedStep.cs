using Paa.Training;

namespace Paa.Cli.Training;

/// <summary>Losses and speed as a moving average, so that a reader sees the trend and not the last batch.</summary>
sealed class SmoothedStep
{
    const double Weight = 0.05;     // of a new value: about the last twenty count

    double _images;
    int _count;

    public double Classification { get; private set; }

    public double BoxRegression { get; private set; }

    public double IouPrediction { get; private set; }

    public double Seconds { get; private set; }

    public double Loss => Classification + BoxRegression + IouPrediction;

    public double ImagesPerSecond => Seconds > 0 ? _images / Seconds : 0;

    /// <summary>Counts an iteration.</summary>
    public void Add(StepReport step)
    {
        if (!step.Losses.IsFinite) return;      // half precision overflowed, the update was skipped
        _count++;
        Classification = Mix(Classification, step.Losses.Classification);
        BoxRegression = Mix(BoxRegression, step.Losses.BoxRegression);
        IouPrediction = Mix(IouPrediction, step.Losses.IouPrediction);
        Seconds = Mix(Seconds, step.Time.TotalSeconds);
        _images = Mix(_images, step.ImageCount);
    }

    /// <summary>A plain mean while there are few values, so that the first one does not linger.</summary>
    double Mix(double average, double value) => average + Math.Max(Weight, 1.0 / _count) * (value - average);
}
