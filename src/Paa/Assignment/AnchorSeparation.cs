using Paa.Options;

namespace Paa.Assignment;

/// <summary>The outcome of the assignment for one candidate.</summary>
public enum AnchorOutcome : byte
{
    /// <summary>The anchor is trained as background.</summary>
    Negative,

    /// <summary>The anchor is trained to predict its object.</summary>
    Positive,

    /// <summary>The anchor takes no part in the losses.</summary>
    Ignored,
}

/// <summary>Separates an object's candidates by its fitted mixture: Kim and Lee, ECCV 2020, figure 3.</summary>
/// <param name="rule">How positives are chosen.</param>
/// <param name="profile">
/// With <see cref="SemanticsProfile.Original"/> every candidate up to the peak is positive, even one that belongs to the other
/// component; if component 0 has no member, all candidates are positive. With <see cref="SemanticsProfile.Mmdet"/> only members
/// of component 0 are positive; without members there are none.
/// </param>
public sealed class AnchorSeparation(SeparationRule rule, SemanticsProfile profile)
{
    /// <summary>Decides the outcome of each candidate.</summary>
    /// <param name="logDensity">Log density of the mixture at each candidate, in ascending order of loss.</param>
    /// <param name="logOdds">Log odds of component 0 at each candidate, which belongs to it if they are at least 0.</param>
    /// <param name="outcomes">Receives one outcome per candidate.</param>
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

    /// <summary>The member of component 0 with the highest density, the first on ties; -1 without members.</summary>
    static int FindPeak(ReadOnlySpan<double> logDensity, ReadOnlySpan<double> logOdds)
    {
        var peak = -1;
        for (var i = 0; i < logOdds.Length; i++)
            if (logOdds[i] >= 0 && (peak < 0 || logDensity[i] > logDensity[peak])) peak = i;
        return peak;
    }
}
