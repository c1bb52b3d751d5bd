using Paa.Options;

namespace Paa.Assignment;

/// <summary>What becomes of a candidate.</summary>
public enum AnchorOutcome : byte
{
    /// <summary>It should predict no object: background.</summary>
    Negative,

    /// <summary>It should predict its object.</summary>
    Positive,

    /// <summary>It takes no part in the losses.</summary>
    Ignored,
}

/// <summary>Divides an object's candidates by its fitted mixture: figure 3 of Kim and Lee, ECCV 2020.</summary>
/// <param name="rule">How the positives are taken.</param>
/// <param name="profile">
/// <see cref="SemanticsProfile.Original"/> makes every candidate up to the peak positive, even the few that belong to the other
/// component, and all of them if component 0 has no member; <see cref="SemanticsProfile.Mmdet"/> members only, and then none.
/// </param>
public sealed class AnchorSeparation(SeparationRule rule, SemanticsProfile profile)
{
    /// <summary>Decides about each candidate.</summary>
    /// <param name="logDensity">Log density of the mixture at the candidates, in ascending order of loss.</param>
    /// <param name="logOdds">Log odds of component 0; a candidate belongs to it if they are not negative.</param>
    /// <param name="outcomes">Receives the decisions.</param>
    public void Decide(ReadOnlySpan<double> logDensity, ReadOnlySpan<double> logOdds, Span<AnchorOutcome> outcomes)
    {
        var peak = FindPeak(logDensity, logOdds);
        if (peak < 0)
        {
            outcomes.Fill(profile == SemanticsProfile.Original ? AnchorOutcome.Positive : AnchorOutcome.Negative);
            return;
        }
        for (var i = 0; i < outcomes.Length; i++) outcomes[i] = Decide(member: logOdds[i] >= 0, upToPeak: i <= peak);
    }

    AnchorOutcome Decide(bool member, bool upToPeak) => rule switch
    {
        SeparationRule.Component when member => AnchorOutcome.Positive,
        SeparationRule.Component => AnchorOutcome.Negative,
        _ when upToPeak && (member || profile == SemanticsProfile.Original) => AnchorOutcome.Positive,
        SeparationRule.PeakWithGap when member => AnchorOutcome.Ignored,
        _ => AnchorOutcome.Negative,
    };

    /// <summary>The member of component 0 where the mixture is densest, the first one on ties; -1 without members.</summary>
    static int FindPeak(ReadOnlySpan<double> logDensity, ReadOnlySpan<double> logOdds)
    {
        var peak = -1;
        for (var i = 0; i < logOdds.Length; i++)
            if (logOdds[i] >= 0 && (peak < 0 || logDensity[i] > logDensity[peak])) peak = i;
        return peak;
    }
}
