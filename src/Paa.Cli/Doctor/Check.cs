namespace Paa.Cli.Doctor;

/// <summary>How bad a finding is.</summary>
enum CheckLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, but slowly or not for everything.</summary>
    Warning,

    /// <summary>Something that is needed is missing.</summary>
    Missing,
}

/// <summary>One line of <c>paa doctor</c>.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Value">What was found.</param>
/// <param name="Level">How bad it is.</param>
/// <param name="Fix">The command or step that mends it; null if there is nothing to mend.</param>
sealed record Check(string Name, string Value, CheckLevel Level = CheckLevel.Ok, string? Fix = null);
