using System.Diagnostics;

namespace Paa.Benchmarks.Running;

/// <summary>Ours and a peer's work in turns, so that both meet the same machine.</summary>
/// <param name="MinRounds">The least number of rounds, unless the deadline passes.</param>
/// <param name="MaxRounds">The largest number of rounds.</param>
/// <param name="Budget">No further round after this time.</param>
/// <param name="Deadline">When the whole run must be over; one round is done even so.</param>
sealed record Race(int MinRounds, int MaxRounds, TimeSpan Budget, DateTime Deadline)
{
    /// <summary>Runs it. A participant that cannot start is skipped.</summary>
    /// <param name="participants">In the order of the first round; every second round goes the other way.</param>
    public void Run(IReadOnlyList<Participant> participants)
    {
        foreach (var participant in participants) participant.Prepare();
        var start = Stopwatch.GetTimestamp();
        for (var round = 0; round < MaxRounds; round++)
        {
            var isLate = DateTime.UtcNow > Deadline;
            if (round > 0 && (isLate || (round >= MinRounds && Stopwatch.GetElapsedTime(start) > Budget))) break;
            foreach (var participant in round % 2 == 0 ? participants : participants.Reverse()) participant.Round();
        }
        foreach (var participant in participants) participant.Finish();
    }
}
