namespace Paa.Benchmarks.Running;

/// <summary>What a figure has to reach.</summary>
/// <param name="Limit">The number.</param>
/// <param name="Stretch">A better one to strive for.</param>
/// <param name="IsUpper">The figure may be at most this, not at least.</param>
/// <param name="Unit">What it is measured in; "x" for a ratio.</param>
sealed record Requirement(double Limit, double? Stretch = null, bool IsUpper = false, string Unit = "x")
{
    /// <summary><c>&gt;= 2 x</c>.</summary>
    public string Text => FormattableString.Invariant($"{(IsUpper ? "<=" : ">=")} {Limit:0.##} {Unit}");

    /// <summary>Whether a figure reaches it.</summary>
    public bool IsMetBy(double figure) => IsUpper ? figure <= Limit : figure >= Limit;
}
