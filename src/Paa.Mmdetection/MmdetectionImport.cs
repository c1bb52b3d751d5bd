using Paa.Configuration;
using Paa.Mmdetection.Python;
using Paa.Options;

namespace Paa.Mmdetection;

/// <summary>Turns MMDetection's configurations of PAA, of its versions 2.x and 3.x, into ours.</summary>
/// <remarks>
/// Where MMDetection has another default than we, its default is written out. What cannot be the same here is an error; what
/// means nothing here (log levels, backends, visualisers) is listed.
/// </remarks>
public static class MmdetectionImport
{
    /// <summary>Reads a Python file with its <c>_base_</c> files; nothing in them is run.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ConfigException">The file is not of the literal subset, not of PAA, or wants what does not exist
    /// here.</exception>
    public static ImportedConfig Read(string path)
    {
        var source = PythonConfigFile.Read(path);
        var root = new ImportSection(source.Tree, "");
        var target = new ImportTarget(new ConfigLocation(path));
        ModelImport.Read(root, target);
        DataImport.Read(root, target);
        ScheduleImport.Read(root, target);
        RuntimeImport.Read(root, target);

        var config = ConfigBinder.Bind<PaaConfig>(target.Tree);
        ConfigValidator.Validate(config, target.Locate);
        return new ImportedConfig(config, [.. root.Unread().Where(key => !source.UsedNames.Contains(key.Path))]);
    }
}

/// <summary>A configuration of MMDetection in our terms.</summary>
/// <param name="Config">The run; valid.</param>
/// <param name="Unmatched">Keys that mean nothing here, in the order of the file.</param>
public sealed record ImportedConfig(PaaConfig Config, IReadOnlyList<UnmatchedKey> Unmatched);

/// <summary>A key of MMDetection that means nothing here.</summary>
/// <param name="Location">Where it stands.</param>
/// <param name="Path">The key from the root, <c>model.neck.norm_cfg</c>.</param>
public sealed record UnmatchedKey(ConfigLocation Location, string Path)
{
    /// <summary><c>file.py:12: model.neck.norm_cfg</c>.</summary>
    public override string ToString() => $"{Location}: {Path}";
}
