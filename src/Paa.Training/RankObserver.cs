using Paa.Training.Distributed;

namespace Paa.Training;

/// <summary>Of a process that is not the main one only its own notices are heard; progress is the main one's to tell.</summary>
/// <param name="observer">Hears them, with the rank before.</param>
/// <param name="world">Where this process stands.</param>
sealed class RankObserver(ITrainingObserver observer, World world) : ITrainingObserver
{
    public void Notice(string message) => observer.Notice($"rank {world.Rank} on {World.Host}: {message}");
}
