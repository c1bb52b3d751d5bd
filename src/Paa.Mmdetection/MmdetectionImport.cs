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
