namespace Paa.Data.Synth;

/// <summary>Numbers of a synthetic data set.</summary>
/// <param name="Images">Images written.</param>
/// <param name="Objects">Annotated single objects.</param>
/// <param name="Crowds">Annotated crowd regions.</param>
/// <param name="EmptyImages">Images without any annotation.</param>
public readonly record struct SynthSummary(int Images, int Objects, int Crowds, int EmptyImages)
{
    /// <summary>The numbers of two parts together.</summary>
    public static SynthSummary operator +(SynthSummary a, SynthSummary b) =>
        new(a.Images + b.Images, a.Objects + b.Objects, a.Crowds + b.Crowds, a.EmptyImages + b.EmptyImages);

    internal static SynthSummary Of(SynthObject[][] images) => new(
        images.Length,
        images.Sum(objects => objects.Count(item => !item.IsCrowd)),
        images.Sum(objects => objects.Count(item => item.IsCrowd)),
        images.Count(objects => objects.Length == 0));
}
