using Paa.Options;

namespace Paa.Training;

/// <summary>Notices when the evaluations of a run no longer improve.</summary>
/// <remarks>The rule of MMEngine's <c>EarlyStoppingHook</c>, whose state, unlike this one's, is lost when a run
/// resumes.</remarks>
/// <param name="options">The rule.</param>
sealed class EarlyStopping(EarlyStoppingOptions options)
{
    /// <summary>The AP to improve on, and evaluations in a row that did not.</summary>
    public EarlyStoppingState State { get; set; } = new(double.NegativeInfinity, 0);

    /// <summary>Whether the run is to end.</summary>
    public bool HasStopped => State.Waits >= options.Patience;

    /// <summary>Takes note of an evaluation.</summary>
    /// <param name="ap">Box AP, 0 to 1.</param>
    public void Add(double ap) =>
        State = State.Best + options.MinDelta > ap ? State with { Waits = State.Waits + 1 } : new EarlyStoppingState(ap, 0);

    /// <summary>A message about the end of the run.</summary>
    /// <param name="epoch">1-based epoch.</param>
    public string Notice(int epoch) => FormattableString.Invariant(
        $"The training ends after epoch {epoch}: in {State.Waits} evaluations AP has not risen from {State.Best:0.000} ")
        + FormattableString.Invariant($"by {options.MinDelta:0.#####} (early_stopping).");
}

/// <summary>What <see cref="EarlyStopping"/> remembers.</summary>
/// <param name="Best">The AP to improve on; negative infinity before the first evaluation.</param>
/// <param name="Waits">Evaluations in a row that did not.</param>
readonly record struct EarlyStoppingState(double Best, int Waits);
