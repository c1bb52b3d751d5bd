using System.Globalization;
using Paa.Benchmarks.Report;
using Paa.Benchmarks.Works;

namespace Paa.Benchmarks.Running;

/// <summary>How the cost of one kind of work grows with one setting.</summary>
/// <param name="Id">For <c>--only</c>.</param>
/// <param name="Title">What grows.</param>
/// <param name="Axis">What x counts.</param>
/// <param name="Kind">Kind of work.</param>
/// <param name="Points">Values of x, each with the settings that it stands for.</param>
/// <param name="PeerUpTo">The peer takes part up to this x; beyond, it would take too long.</param>
/// <param name="PerItem">Times are divided by x: the cost of one.</param>
/// <param name="Data">Name of a folder for each point's problem, for kinds whose files do not carry their sizes in their
/// names.</param>
sealed record Study(
    string Id, string Title, string Axis, string Kind, IReadOnlyList<(double X, string Settings)> Points,
    double PeerUpTo = double.PositiveInfinity, bool PerItem = false, bool Data = false)
{
    static readonly TimeSpan Budget = TimeSpan.FromSeconds(10);
    const int MinRounds = 3, MaxRounds = 15;

    /// <summary>Runs all points.</summary>
    /// <param name="progress">Hears what is going on.</param>
    public StudyResult Run(Action<string> progress)
    {
        var curves = new Dictionary<string, List<StudyPoint>>();
        foreach (var (x, text) in Points)
        {
            progress($"{Id}: {Axis} = {x.ToString("0.##", CultureInfo.InvariantCulture)}");
            var folder = Data ? $"{Id}-{x.ToString(CultureInfo.InvariantCulture)}" : "";
            var data = Path.Combine(RepositoryFiles.Problems, folder);
            string[] settings = [.. text.Split(' '), $"data={data}", "paced=1"];
            using var ours = Contest.Ours(Kind, settings);
            ours.Prepare();
            using var peer = x <= PeerUpTo ? Contest.Peer(Kind, settings) : null;
            new Race(MinRounds, MaxRounds, Budget, DateTime.MaxValue).Run(peer is null ? [ours] : [ours, peer]);
            foreach (var participant in (Participant?[])[ours, peer])
            {
                if (participant is not { Times.Count: > 0 }) continue;
                var sample = new RoundTimes([.. participant.Times.Select(time => PerItem ? time / x : time)]);
                if (!curves.TryGetValue(participant.Name, out var points)) curves.Add(participant.Name, points = []);
                points.Add(new StudyPoint(x, sample.Median, sample.Min, sample.Max, sample.Count));
            }
        }
        return new StudyResult(Id, Title, Axis, PerItem ? $"ms for one of {Axis}" : "ms",
            [.. curves.Select(curve => new StudySeries(curve.Key, curve.Value))], $"./build.sh bench --only {Id}");
    }
}
