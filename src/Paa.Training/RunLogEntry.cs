namespace Paa.Training;

/// <summary>The line with which each start or resumption of a run begins its part of the log.</summary>
public sealed record RunLogEntry
{
    /// <summary>Versions, device and threads, as text.</summary>
    public string EnvInfo { get; init; } = "";

    /// <summary>Name of the configuration.</summary>
    public string ExpName { get; init; } = "";

    /// <summary>Seed of the run; MMDetection's may have none.</summary>
    public int? Seed { get; init; }

    /// <summary>The merged configuration as YAML.</summary>
    public string Config { get; init; } = "";
}
