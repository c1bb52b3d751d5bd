using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Paa.Cli;
using Paa.Configuration;
using Paa.Tests.Cli;

namespace Paa.Tests.Structure;

/// <summary>What README and docs print can be typed: C# compiles, commands parse, configurations are read, the recipe for one's
/// own data runs.</summary>
[Collection("Native")]
public sealed partial class DocumentedCodeTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> CSharp => Blocks("csharp");

    public static TheoryData<string, string> Yaml => Blocks("yaml");

    public static TheoryData<string, string> Commands
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (file, text) in Blocks("").Select(row => ((string)row[0], (string)row[1])))
                foreach (var line in CommandLines(text).Where(IsCommand)) data.Add(file, line);
            return data;
        }
    }

    [Theory, MemberData(nameof(CSharp))]
    public void CSharpBlock_Compiles(string file, string code)
    {
        string[] usings = ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading.Tasks"];
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create("snippet",
            [
                CSharpSyntaxTree.ParseText(string.Concat(usings.Select(name => $"global using {name};"))),
                CSharpSyntaxTree.ParseText(code),
            ],
            references, new CSharpCompilationOptions(
                OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        var problems = compilation.GetDiagnostics().Where(problem => problem.Severity >= DiagnosticSeverity.Warning);
        Assert.True(!problems.Any(), $"{file}: {string.Join("\n", problems)}\n{code}");
    }

    [Theory, MemberData(nameof(Yaml))]
    public void YamlBlock_IsAConfiguration(string file, string yaml)
    {
        if (yaml.Contains("apiVersion:", StringComparison.Ordinal)) return;             // of another program
        Assert.NotNull(ConfigLoader.Parse(yaml, file));
    }

    [Theory, MemberData(nameof(Commands))]
    public void Command_Parses(string file, string line)
    {
        var problem = CommandLine.Check(Words(line)[1..]);
        Assert.True(problem is null, $"{file}: {line}: {problem}");
    }

    [Fact]
    public void RecipeForOnesOwnData_Runs()
    {
        Run("data", "synth", _folder["synth"], "--train", "6", "--val", "3", "--test", "0", "--width", "96", "--height", "96");
        Directory.CreateDirectory(_folder["my"]);
        Directory.CreateSymbolicLink(_folder["my/images"], _folder["synth/images"]);
        foreach (var name in (string[])["train", "val"])
            Run("data", "convert", "coco", _folder[$"synth/{name}.json"], "--out", _folder[$"my/{name}.json"],
                "--classes", "circle", "square", "triangle");
        var recipe = CommandLines(Blocks("").Select(row => (string)row[1])
            .Single(text => text.Contains("paa new", StringComparison.Ordinal)
                && text.Contains("paa train", StringComparison.Ordinal)));
        string[] small =
        [
            "runner.max_epochs=1", "data.train.img_scale=[[96,96]]", "data.val.img_scale=[[96,96]]",
            "data.test.img_scale=[[96,96]]", "model.backbone.pretrained=null", $"work_dir={_folder["work_dirs/mine"]}",
        ];
        var commands = 0;
        foreach (var line in recipe.Where(IsCommand))
        {
            string[] words = [.. Words(line.Replace("--budget 15m", "", StringComparison.Ordinal))[1..].Select(InFolder)];
            Run(words[0] == "train" ? [.. words, .. small.SelectMany(setting => (string[])["--set", setting])] : words);
            commands++;
        }
        Assert.Equal(4, commands);
        Assert.True(File.Exists(_folder["drawn/detections.json"]));

        string InFolder(string word) => word.StartsWith("configs/", StringComparison.Ordinal)
            ? Path.Combine(Repository.Root, word)
            : OwnPath().Replace(word, match => _folder[match.Value]);

        static void Run(params string[] words)
        {
            var run = Terminal.Run(words);
            Assert.True(run.ExitCode == 0, $"paa {string.Join(' ', words)}: {run.Error}");
        }
    }

    /// <summary>The fenced blocks of a language in README and docs.</summary>
    static TheoryData<string, string> Blocks(string language)
    {
        var data = new TheoryData<string, string>();
        var docs = Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Order();
        string[] files = [Path.Combine(Repository.Root, "README.md"), .. docs];
        foreach (var file in files)
            foreach (Match block in Block().Matches(File.ReadAllText(file)).Where(block => block.Groups[1].Value == language))
                data.Add(Path.GetFileName(file), block.Groups[2].Value);
        return data;
    }

    /// <summary>Whole commands, without comments.</summary>
    static string[] CommandLines(string text) => [.. text.Replace("\\\n", " ").Split('\n')
        .Select(line => Comment().Replace(line, "").Trim()).Where(line => line.Length > 0)];

    /// <summary>Whether a line is a command to type; <c>[--x]</c> and <c>|</c> are the signs of a synopsis.</summary>
    static bool IsCommand(string line) =>
        line.StartsWith("paa ", StringComparison.Ordinal) && !line.Contains('[') && !line.Contains('|');

    /// <summary>Splits like a shell: quotes hold together.</summary>
    static string[] Words(string line) =>
        [.. Word().Matches(line).Select(word => word.Value.Replace("'", "").Replace("\"", ""))];

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(^|\s)#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"('[^']*'|""[^""]*""|\S)+")]
    private static partial Regex Word();

    [GeneratedRegex(@"(?<![\w/])(my|mine\.yaml|work_dirs|drawn)\b[^ ]*")]
    private static partial Regex OwnPath();
}
