using System.Reflection;
using System.Xml.Linq;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace Paa.Tests.Structure;

/// <summary>Every arrow points down: between projects as listed here, between namespaces without a circle.</summary>
/// <remarks>The graph is that of the compiled code, method bodies included.</remarks>
public class DependencyTests
{
    /// <summary>What each project may refer to, from the bottom up. A new arrow is a decision: write it down here.</summary>
    static readonly Dictionary<string, string[]> AllowedReferences = new()
    {
        ["Paa.Platform"] = [],
        ["Paa.Checkpoints"] = ["Paa.Platform"],
        ["Paa.Imaging"] = ["Paa.Platform"],
        ["Paa.Dnn"] = ["Paa.Platform"],
        ["Paa.Onnx"] = ["Paa.Platform"],
        ["Paa.Configuration"] = [],
        ["Paa.Mmdetection"] = ["Paa.Configuration"],
        ["Paa.Torch"] = ["Paa.Checkpoints", "Paa.Platform"],
        ["Paa"] =
            ["Paa.Checkpoints", "Paa.Configuration", "Paa.Dnn", "Paa.Imaging", "Paa.Mmdetection", "Paa.Onnx", "Paa.Platform"],
        ["Paa.Hosting"] = ["Paa", "Paa.Configuration", "Paa.Imaging", "Paa.Onnx"],
        ["Paa.Training"] = ["Paa", "Paa.Checkpoints", "Paa.Configuration", "Paa.Imaging", "Paa.Platform", "Paa.Torch"],
        ["Paa.Cli"] =
        [
            "Paa", "Paa.Checkpoints", "Paa.Configuration", "Paa.Dnn", "Paa.Imaging", "Paa.Mmdetection", "Paa.Onnx",
            "Paa.Platform", "Paa.Torch", "Paa.Training",
        ],
    };

    public static TheoryData<string> Projects => [.. AllowedReferences.Keys];

    [Fact]
    public void EveryProjectOfSrc_IsListed() => Assert.Equal(
        Directory.GetDirectories(Path.Combine(Repository.Root, "src"))
            .Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal),
        AllowedReferences.Keys.Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Projects))]
    public void Project_RefersToWhatStandsBelowIt(string project)
    {
        string[] used = [.. Load(project).GetReferencedAssemblies()
            .Select(name => name.Name!).Where(AllowedReferences.ContainsKey)];
        string[] referenced = [.. XDocument.Load(Path.Combine(Repository.Root, "src", project, $"{project}.csproj"))
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))];
        var surplus = used.Union(referenced).Except(AllowedReferences[project]).ToArray();
        Assert.True(surplus.Length == 0, $"{project} refers to {string.Join(", ", surplus)}. {Graph(AllowedReferences)}");
    }

    [Fact]
    public void Detecting_NeedsNoTraining()
    {
        var needed = new HashSet<string>();
        Visit("Paa");
        Assert.DoesNotContain("Paa.Torch", needed);
        Assert.DoesNotContain("Paa.Training", needed);

        void Visit(string project)
        {
            if (needed.Add(project)) Array.ForEach(AllowedReferences[project], Visit);
        }
    }

    /// <summary>A namespace and those inside it count as one: a folder may have a subfolder that it shares types with.</summary>
    [Theory, MemberData(nameof(Projects))]
    public void Namespaces_FormNoCircle(string project)
    {
        // From, to, an example.
        var arrows = new SortedDictionary<string, SortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var type in new ArchLoader().LoadAssembly(Load(project)).Build().Types)
            foreach (var target in type.Dependencies.Select(dependency => dependency.Target))
            {
                if (target is GenericParameter or { Namespace: null } || target.Assembly.Name != type.Assembly.Name) continue;
                var (from, to) = (type.Namespace.FullName, target.Namespace.FullName);
                if (!IsOurs(from) || !IsOurs(to) || IsKin(from, to)) continue;
                if (!arrows.TryGetValue(from, out var targets)) arrows.Add(from, targets = new(StringComparer.Ordinal));
                targets.TryAdd(to, $"{type.Name} -> {target.Name}");
            }
        var circles = arrows.Keys.Where(start => Reaches(arrows, start, start, [])).ToArray();
        var examples = arrows.SelectMany(from => from.Value.Select(to => $"{from.Key} -> {to.Key} ({to.Value})"));
        Assert.True(circles.Length == 0,
            $"{project}: {string.Join(", ", circles)} lie on circles.\n{string.Join("\n", examples)}");

        static bool IsOurs(string name) => name.StartsWith("Paa", StringComparison.Ordinal);
    }

    static bool Reaches(
        IReadOnlyDictionary<string, SortedDictionary<string, string>> arrows, string from, string goal, HashSet<string> seen) =>
        arrows.TryGetValue(from, out var targets)
        && targets.Keys.Any(to => to == goal || (seen.Add(to) && Reaches(arrows, to, goal, seen)));

    static bool IsKin(string one, string other) => one == other
        || one.StartsWith(other + ".", StringComparison.Ordinal) || other.StartsWith(one + ".", StringComparison.Ordinal);

    static System.Reflection.Assembly Load(string project) => System.Reflection.Assembly.Load(new AssemblyName(project));

    static string Graph(IEnumerable<KeyValuePair<string, string[]>> arrows) =>
        "Allowed:\n" + string.Join("\n", arrows.Select(from => $"{from.Key} -> {string.Join(", ", from.Value)}"));
}
