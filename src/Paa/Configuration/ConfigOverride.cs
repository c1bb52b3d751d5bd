namespace Paa.Configuration;

/// <summary>One <c>--set a.b.c=value</c> of the command line.</summary>
static class ConfigOverride
{
    /// <summary>The assignment as a tree of one key, to be laid over the file's.</summary>
    /// <param name="assignment"><c>a.b.c=value</c>; the value is YAML, so lists and mappings can be given, too.</param>
    public static ConfigMap Parse(string assignment)
    {
        var place = new ConfigLocation($"--set {assignment}");
        var equals = assignment.IndexOf('=');
        if (equals <= 0) throw new ConfigException(place, "expected KEY=VALUE, such as optimizer.lr=0.02");

        var keys = assignment[..equals].Trim().Split('.');
        if (keys.Any(string.IsNullOrWhiteSpace)) throw new ConfigException(place, "a part of the key is empty");

        var node = YamlTreeReader.Read(new StringReader(assignment[(equals + 1)..]), place);
        return MovedKeys.Apply(ConfigMap.At(string.Join('.', keys), node, place));
    }
}
