namespace Paa.Checkpoints.Pickling;

/// <summary>Classes that stand for data nobody needs for a detector: MMDetection 3.x stores the history of its losses beside the
/// weights.</summary>
/// <remarks>They are known by name like all others. Nothing of an object is kept but its name; its state is dropped.</remarks>
static class OpaqueGlobals
{
    /// <summary>The globals.</summary>
    public static IEnumerable<PickleGlobal> List()
    {
        yield return Class("mmengine.logging.history_buffer.HistoryBuffer");
        yield return Class("mmengine.logging.log_buffer.LogBuffer");               // its name before MMEngine 0.1
        yield return Class("numpy.ndarray");
        yield return new("numpy.core.multiarray._reconstruct", (_, _) => new PickleObject("numpy.ndarray"));
    }

    static PickleGlobal Class(string name) => new(name, (_, _) => new PickleObject(name));
}
