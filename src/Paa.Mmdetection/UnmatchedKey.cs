using Paa.Configuration;

namespace Paa.Mmdetection;

/// <summary>A key of MMDetection that means nothing here.</summary>
/// <param name="Location">Where it stands.</param>
/// <param name="Path">The key from the root, <c>model.neck.norm_cfg</c>.</param>
public sealed record UnmatchedKey(ConfigLocation Location, string Path)
{
    /// <summary><c>file.py:12: model.neck.norm_cfg</c>.</summary>
    public override string ToString() => $"{Location}: {Path}";
}
