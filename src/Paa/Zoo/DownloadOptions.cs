namespace Paa.Zoo;

/// <summary>How patient a download is.</summary>
public sealed record DownloadOptions
{
    /// <summary>Attempts in a row that bring nothing before it gives up; any progress starts the count anew.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>A server that sends nothing for so long has stalled.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Pause before the second attempt; it doubles from attempt to attempt.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);
}
