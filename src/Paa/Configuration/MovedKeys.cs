namespace Paa.Configuration;

/// <summary>Keys that may be written at another place than the options have them.</summary>
static class MovedKeys
{
    /// <summary>From a place where a key may be written to its own. The profile steers assignment, losses and post-processing, and was
    /// a part of the assignment once.</summary>
    static readonly (string From, string To)[] Moves = [("model.train_cfg.profile", "model.profile")];

    /// <summary>A tree with all keys at their own places; where both are written, the own one counts.</summary>
    /// <param name="root">One file or override, before it is laid over others.</param>
    public static ConfigMap Apply(ConfigMap root)
    {
        foreach (var (from, to) in Moves)
            if (root.Find(from) is { } value)
                root = ConfigMap.At(to, value, root.Locate(from)).OverriddenBy(root.Without(from));
        return root;
    }
}
