using Paa.Configuration;
using Paa.Options;

namespace Paa.Tests.Configuration;

public sealed class ConfigLoaderTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Error(string path, params string[] overrides) =>
        Assert.Throws<ConfigException>(() => ConfigLoader.Load(path, overrides)).Message.Replace(_folder.Path + "/", "");

    [Fact]
    public void Read_KnowsWhereEachValueStands()
    {
        _folder.Write("base.yaml", "seed: 1\noptimizer: { lr: 0.1 }");
        var path = _folder.Write("run.yaml", "base: base.yaml\nthreads: 2");
        var read = ConfigLoader.Read(path, ["seed=5"]);
        Assert.Equal(5, read.Config.Seed);
        Assert.Equal("--set seed=5", $"{read.SourceOf("seed")}");
        Assert.Equal($"{path}:2", $"{read.SourceOf("threads")}");
        Assert.EndsWith("base.yaml:2", $"{read.SourceOf("optimizer.lr")}");
        Assert.Null(read.SourceOf("optimizer.momentum"));
    }

    [Fact]
    public void Load_MergesMappingsAndReplacesLists()
    {
        _folder.Write("base/a.yaml", "model: { backbone: { depth: 18, frozen_stages: 0 } }\nlr_config: { step: [1, 2, 3] }");
        var config = ConfigLoader.Load(_folder.Write("run.yaml",
            "base: base/a.yaml\nmodel: { backbone: { depth: 34 } }\nlr_config: { step: [5] }"));
        Assert.Equal(34, config.Model.Backbone.Depth);
        Assert.Equal(0, config.Model.Backbone.FrozenStages);
        Assert.Equal([5], config.LearningRate.DecayEpochs);
    }

    [Fact]
    public void Load_LaysLaterBasesOverEarlierOnes()
    {
        _folder.Write("a.yaml", "seed: 1\nthreads: 1");
        _folder.Write("b.yaml", "seed: 2");
        var config = ConfigLoader.Load(_folder.Write("run.yaml", "base: [a.yaml, b.yaml]"));
        Assert.Equal((2, 1), (config.Seed, config.ThreadCount));
    }

    [Fact]
    public void Load_WithDelete_DropsTheInheritedMapping()
    {
        _folder.Write("a.yaml", "lr_config: { policy: cosine, warmup_iters: 7 }");
        var config = ConfigLoader.Load(_folder.Write("run.yaml", "base: a.yaml\nlr_config: { _delete_: true, gamma: 0.5 }"));
        var rate = config.LearningRate;
        Assert.Equal((LearningRatePolicy.Step, 500, 0.5), (rate.Policy, rate.WarmupIterations, rate.DecayFactor));
    }

    [Fact]
    public void Load_OfABaseCircle_NamesTheFiles()
    {
        var path = _folder.Write("a.yaml", "base: b.yaml");
        _folder.Write("b.yaml", "base: a.yaml");
        Assert.EndsWith("b.yaml:1: base: goes in a circle: a.yaml -> b.yaml -> a.yaml", Error(path));
    }

    [Fact]
    public void Load_OfAMissingFile_NamesIt() =>
        Assert.Equal("none.yaml: the file does not exist", Error(Path.Combine(_folder.Path, "none.yaml")));

    [Fact]
    public void Load_OfAMissingBase_NamesTheLineThatWantsIt() =>
        Assert.Equal("run.yaml:2: the base file 'none.yaml' does not exist",
            Error(_folder.Write("run.yaml", "seed: 1\nbase: none.yaml")));

    [Fact]
    public void Load_NamesTheBaseFileThatIsWrong()
    {
        _folder.Write("a.yaml", "seed: 1\nsead: 2");
        Assert.Equal("a.yaml:2: sead: unknown key, did you mean 'seed'?", Error(_folder.Write("run.yaml", "base: a.yaml")));
    }

    [Theory]
    [InlineData("seed: [1, 2\nthreads: 3\n", "run.yaml:1: not valid YAML: ")]
    [InlineData("seed: {a: 1\n", "run.yaml:2: not valid YAML: ")]
    [InlineData("seed: 'text", "run.yaml:1: not valid YAML: ")]
    [InlineData("? [a]\n: 1", "run.yaml:1: a key must be a single word")]
    [InlineData("seed: 1\n\tthreads: 2", "run.yaml:2: not valid YAML: ")]
    [InlineData("seed: 1\nthreads: 2\nseed: 3", "run.yaml:3: the key 'seed' stands here a second time (first in line 1)")]
    [InlineData("- 1", "run.yaml:1: expected a mapping of keys and values, got a list of 1")]
    [InlineData("seed: 1\n---\nseed: 2", "run.yaml:2: a configuration is one YAML document")]
    [InlineData("seed: *x", "run.yaml:1: the anchor 'x' is not defined above")]
    public void Load_OfBadYaml_GivesOneLine(string yaml, string message)
    {
        var error = Error(_folder.Write("run.yaml", yaml));
        Assert.StartsWith(message, error);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void Parse_OfDeeplyNestedText_IsRefused()
    {
        var error = Assert.Throws<ConfigException>(() => ConfigLoader.Parse("a: " + new string('[', 100_000), "checkpoint"));
        Assert.Equal("checkpoint:1: nested deeper than 32 levels", error.Message);
    }

    [Fact]
    public void Overrides_WinOverTheFile_TheLastOneOverAll()
    {
        var path = _folder.Write("run.yaml", "seed: 1");
        var config = ConfigLoader.Load(path,
            ["seed=2", "lr_config.step=[3, 5]", "model.backbone={depth: 18, norm_eval: false}", "seed=4", "load_from=a=b.pth"]);
        Assert.Equal(4, config.Seed);
        Assert.Equal([3, 5], config.LearningRate.DecayEpochs);
        Assert.Equal((18, false), (config.Model.Backbone.Depth, config.Model.Backbone.NormEval));
        Assert.Equal("a=b.pth", config.LoadFrom);
    }

    [Theory]
    [InlineData("seed=[1", "--set seed=[1: not valid YAML: While parsing a flow sequence, did not find expected ',' or ']'.")]
    [InlineData("seed", "--set seed: expected KEY=VALUE, such as optimizer.lr=0.02")]
    [InlineData("a..b=1", "--set a..b=1: a part of the key is empty")]
    [InlineData("optimizer.lrr=1", "--set optimizer.lrr=1: optimizer.lrr: unknown key, did you mean 'lr'?")]
    [InlineData("optimizer.lr=fast", "--set optimizer.lr=fast: optimizer.lr: expected a number, got 'fast'")]
    [InlineData("lr_config.step.0=1", "--set lr_config.step.0=1: lr_config.step: expected a list, got a mapping")]
    [InlineData("model.backbone.depth=20",
        "--set model.backbone.depth=20: model.backbone.depth: expected one of 18, 34, 50, 101, 152, got 20")]
    public void BadOverride_IsNamed(string assignment, string message) =>
        Assert.Equal(message, Error(_folder.Write("run.yaml", "seed: 1"), assignment));
}
