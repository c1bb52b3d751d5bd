using Paa.Configuration;
using Paa.Options;

namespace Paa.Mmdetection;

/// <summary>A configuration of MMDetection in our terms.</summary>
/// <param name="Config">The run; valid.</param>
/// <param name="Unmatched">Keys that mean nothing here, in the order of the file.</param>
public sealed record ImportedConfig(PaaConfig Config, IReadOnlyList<UnmatchedKey> Unmatched);
