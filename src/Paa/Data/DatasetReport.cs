namespace Paa.Data;

/// <summary>What a check of a data set found.</summary>
/// <param name="Files">The annotation files.</param>
/// <param name="Images">Usable images.</param>
/// <param name="Annotations">Annotations of the classes.</param>
/// <param name="Classes">The classes in label order.</param>
/// <param name="Findings">Everything that is wrong, in the order of <see cref="FindingKind"/>.</param>
public sealed record DatasetReport(
    IReadOnlyList<string> Files, int Images, int Annotations, IReadOnlyList<string> Classes, IReadOnlyList<Finding> Findings)
{
    /// <summary>Whether anything is left out because of what is wrong with it.</summary>
    public bool HasErrors => Findings.Any(finding => finding.Severity == FindingSeverity.Error);
}
