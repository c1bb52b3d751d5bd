namespace Paa.Assignment;

/// <summary>Which published code is followed where MMDetection and the authors of PAA differ.</summary>
public enum SemanticsProfile
{
    /// <summary>MMDetection 2.x, the default.</summary>
    Mmdet,

    /// <summary>The authors' repository, kkhoot/PAA.</summary>
    Original,
}
