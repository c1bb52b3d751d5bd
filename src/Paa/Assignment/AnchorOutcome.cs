namespace Paa.Assignment;

/// <summary>What becomes of a candidate.</summary>
public enum AnchorOutcome : byte
{
    /// <summary>Background: it should predict no object.</summary>
    Negative,

    /// <summary>It should predict its object.</summary>
    Positive,

    /// <summary>It takes no part in the losses.</summary>
    Ignored,
}
