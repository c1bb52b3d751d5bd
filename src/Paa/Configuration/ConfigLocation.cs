namespace Paa.Configuration;

/// <summary>Where a value of a configuration was written.</summary>
/// <param name="Source">File as it was named, or the option of the command line.</param>
/// <param name="Line">Line in the file from 1 on; 0 where there are no lines.</param>
public readonly record struct ConfigLocation(string Source, int Line = 0)
{
    /// <summary><c>file.yaml:12</c>.</summary>
    public override string ToString() => Line > 0 ? $"{Source}:{Line}" : Source;
}
