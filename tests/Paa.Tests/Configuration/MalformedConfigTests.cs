using System.Diagnostics;
using Paa.Configuration;
using Paa.Mmdetection;
using Paa.Tests.Mmdetection;

namespace Paa.Tests.Configuration;

/// <summary>Seeded damage to configurations in YAML and in Python: every file is read, or refused in one line, at once.</summary>
public sealed class MalformedConfigTests : IDisposable
{
    const int Variants = 200;
    const int LeastRefused = 80;
    const int MaxMessageLength = 600;

    static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void DamagedYaml_IsRefusedInOneLine()
    {
        var file = Path.Combine(Repository.Root, "configs/paa/paa_r50_fpn_mstrain_3x_coco.yaml");
        AssertRefused("run.yaml", ConfigWriter.ToYaml(ConfigLoader.Load(file)), path => ConfigLoader.Load(path));
    }

    [Fact]
    public void DamagedPythonOf2x_IsRefusedInOneLine() =>
        AssertRefused("run.py", PaaConfigTexts.Old, path => MmdetectionImport.Read(path));

    [Fact]
    public void DamagedPythonOf3x_IsRefusedInOneLine() =>
        AssertRefused("run.py", PaaConfigTexts.New, path => MmdetectionImport.Read(path));

    [Theory]
    [InlineData("a: &a [1, 1]\nb: &b [*a, *a]\nc: &c [*b, *b]\nseed: [*c, *c, *c]")]
    [InlineData("a: &a {x: 1}\n<<: *a")]
    [InlineData("base: run.yaml")]
    [InlineData("base: /dev/zero")]
    [InlineData("base: \"a\\0b\"")]
    [InlineData("base: [[run.yaml]]")]
    [InlineData("? {a: b}\n: c")]
    [InlineData("seed: !!binary AAAA")]
    [InlineData("%YAML 9.9\n---\nseed: 1")]
    public void HostileYaml_IsRefusedInOneLine(string yaml) => AssertOneLine(Refusal(_folder.Write("run.yaml", yaml), Load)!);

    [Fact]
    public void ALongChainOfAliases_IsRefused()
    {
        var yaml = "a0: &a0 {x: 1}\n" + string.Concat(Enumerable.Range(1, 10_000).Select(i => $"a{i}: &a{i} {{x: *a{i - 1}}}\n"));
        Assert.Contains("nested deeper than 32 levels", Refusal(_folder.Write("run.yaml", yaml), Load));
    }

    static void Load(string path) => ConfigLoader.Load(path);

    void AssertRefused(string name, string text, Action<string> read)
    {
        var refused = 0;
        for (var seed = 0; seed < Variants; seed++)
        {
            var path = _folder.Write(name, ConfigMutator.Mutate(text, seed));
            var (message, time) = TimedRefusal(path, read, seed);
            if (time > Limit) (message, time) = TimedRefusal(path, read, seed);     // once more: the machine may be busy
            Assert.True(time < Limit, $"seed {seed} took {time}");
            if (message is null) continue;                  // a damage that leaves a configuration, such as in a comment
            AssertOneLine(message);
            refused++;
        }
        Assert.True(refused >= LeastRefused, $"only {refused} of {Variants} were refused");
    }

    static (string? Message, TimeSpan Time) TimedRefusal(string path, Action<string> read, int seed)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            return (Refusal(path, read), clock.Elapsed);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"Seed {seed} ends in {error.GetType().Name}: {error.Message}", error);
        }
    }

    void AssertOneLine(string message)
    {
        Assert.StartsWith(_folder.Path, message);
        Assert.DoesNotContain(message, char.IsControl);
        Assert.True(message.Length <= MaxMessageLength, $"{message.Length} characters: {message}");
    }

    static string? Refusal(string path, Action<string> read)
    {
        try
        {
            read(path);
            return null;
        }
        catch (ConfigException error)
        {
            return error.Message;
        }
    }
}
