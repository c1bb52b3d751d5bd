using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>What a configuration in Python says, with its base files.</summary>
/// <param name="Tree">The names bound at the top, as MMDetection merges them.</param>
/// <param name="UsedNames">Those of them that other lines use, and so are probably only help to write the others.</param>
sealed record PythonConfig(ConfigMap Tree, IReadOnlySet<string> UsedNames);
