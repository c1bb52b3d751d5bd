using Paa.Benchmarks.Report;
using Paa.Benchmarks.Works;
namespace Paa.Benchmarks.Running;

/// <summary>Ours, in one or several ways, and the peer at the same work.</summary>
/// <param name="Kind">Kind of work, of both sides.</param>
/// <param name="Settings">Settings of both sides.</param>
/// <param name="Entries">A row each.</param>
/// <param name="QuickSeconds">How long rounds go on in a quick run; a full run takes four times that.</param>
/// <param name="Recorded">What stands in for a peer that is not at hand.</param>
sealed record Contest(
    string Kind, string Settings, IReadOnlyList<Entry> Entries, double QuickSeconds, RecordedPeer? Recorded = null)
{
    const int MaxRounds = 25;

    /// <summary>Runs the entries that are wanted, and the peer.</summary>
    /// <returns>Their rows.</returns>
    public IEnumerable<ResultRow> Run(SuiteOptions options, DateTime deadline)
    {
        var entries = Entries.Where(entry => options.Wants(entry.Id)).ToArray();
        if (entries.Length == 0) return [];
        string[] settings = [.. Words(Settings), $"data={RepositoryFiles.Problems}", "paced=1"];
        Participant[] ours = [.. entries.Select(entry => Ours(Kind, [.. settings, .. Words(entry.Settings)]))];
        foreach (var participant in ours) participant.Prepare();         // it writes the problem that the peer reads
        var peer = Peer(Kind, settings);
        try
        {
            var race = new Race(
                MinRounds: 3, MaxRounds, TimeSpan.FromSeconds(options.IsQuick ? QuickSeconds : 4 * QuickSeconds), deadline);
            race.Run(peer is null ? ours : [.. ours, peer]);
            return [.. entries.Zip(ours).SelectMany(pair => pair.First.Rows(pair.Second, peer, Recorded))];
        }
        finally
        {
            foreach (var participant in ours) participant.Dispose();
            peer?.Dispose();
        }
    }

    static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>This program as a worker.</summary>
    public static Participant Ours(string kind, IEnumerable<string> settings) =>
        new("Paa", [RepositoryFiles.Program, kind, .. settings]);

    /// <summary>The Python peer; null without a Python.</summary>
    public static Participant? Peer(string kind, IEnumerable<string> settings) =>
        PythonPeers.Command([kind, .. settings]) is { } command ? new Participant("Python", command) : null;
}

/// <summary>A peer's time from another day, for a peer that cannot be installed everywhere.</summary>
/// <param name="Name">Who.</param>
/// <param name="Milliseconds">The best time on record.</param>
/// <param name="Source">Where it was measured.</param>
sealed record RecordedPeer(string Name, double Milliseconds, string Source);

/// <summary>One way in which we do a contest's work.</summary>
/// <param name="Id">For <c>--only</c>.</param>
/// <param name="Work">What is done.</param>
/// <param name="Requirement">What peer / ours has to reach.</param>
/// <param name="Settings">Beyond those of the contest.</param>
/// <param name="Memory">What our peak memory / the peer's has to reach.</param>
sealed record Entry(string Id, string Work, Requirement Requirement, string Settings = "", Requirement? Memory = null)
{
    /// <summary>The rows of the outcome.</summary>
    public IEnumerable<ResultRow> Rows(Participant ours, Participant? peer, RecordedPeer? recorded)
    {
        var (own, other) = (Sample(ours), Sample(peer));
        var peerTime = other?.Median ?? recorded?.Milliseconds;
        double? ratio = own is not null && peerTime is { } time ? time / own.Median : null;
        var row = new ResultRow
        {
            Id = Id,
            Work = Work,
            Unit = "ms",
            Ours = own?.Median,
            Peer = peerTime,
            Ratio = ratio,
            PeerName = other is not null ? peer!.Name : recorded is not null ? $"{recorded.Name}, recorded" : null,
            Required = Requirement.Text,
            Stretch = Requirement.Stretch,
            Met = ratio is { } reached ? Requirement.IsMetBy(reached) : null,
            OursSpread = Spread(own),
            PeerSpread = Spread(other),
            Rounds = own?.Count ?? 0,
            PeerRounds = other?.Count ?? 0,
            AllocatedBytes = ours.AllocatedBytes,
            OursAnswer = ours.Answer,
            PeerAnswer = peer?.Answer,
            Note = Note(ours, peer, other is null ? recorded : null),
            Command = $"./build.sh bench --only {Id}",
        };
        yield return row;
        if (Memory is null) yield break;
        double? share = ours.PeakMb is { } mine && peer?.PeakMb is { } theirs ? (double)mine / theirs : null;
        yield return row with
        {
            Id = $"{Id}-memory",
            Work = $"{Work}: peak memory of the process",
            Unit = "MiB",
            Ours = ours.PeakMb,
            Peer = peer?.PeakMb,
            Ratio = share,
            Required = Memory.Text,
            Stretch = Memory.Stretch,
            Met = share is { } used ? Memory.IsMetBy(used) : null,
            OursSpread = null,
            PeerSpread = null,
            AllocatedBytes = null,
            OursAnswer = null,
            PeerAnswer = null,
        };
    }

    static RoundTimes? Sample(Participant? participant) =>
        participant is { Times.Count: > 0 } ? new RoundTimes(participant.Times) : null;

    static Spread? Spread(RoundTimes? sample) => sample is null ? null : new Spread(sample.Min, sample.Max);

    static string? Note(Participant ours, Participant? peer, RecordedPeer? recorded)
    {
        const double Tolerance = 1e-3;
        var notes = new List<string>();
        if (ours.Missing is { } reason) notes.Add($"ours is missing: {reason}");
        if (peer is null) notes.Add("peer is missing: no Python with NumPy");
        else if (peer.Missing is { } problem) notes.Add($"peer is missing: {problem}");
        if (recorded is not null) notes.Add($"the peer's time is from {recorded.Source}");
        if (ours.Answer is { } own && peer?.Answer is { } other && Math.Abs(own - other) > Tolerance * Math.Abs(other))
            notes.Add($"the answers differ: ours {own}, the peer's {other}");
        return notes.Count == 0 ? null : string.Join("; ", notes);
    }
}

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
