using Paa.Configuration;
using Paa.Options;

namespace Paa.Tests.Configuration;

public sealed class ConfigBinderTests
{
    static PaaConfig Parse(string yaml) => ConfigLoader.Parse(yaml, "test.yaml");

    static string Error(string yaml) => Assert.Throws<ConfigException>(() => Parse(yaml)).Message;

    [Fact]
    public void Parse_OfNothing_GivesTheDefaults() => Assert.Equivalent(new PaaConfig(), Parse(""), strict: true);

    [Fact]
    public void Parse_ReadsEveryKindOfValue()
    {
        var config = Parse("""
            model:
              backbone: { depth: 18, norm: GN, norm_eval: false, pretrained: null }
              train_cfg: { separation: peak_with_gap, assigner: { pos_iou_thr: 0.25 } }
            data:
              classes: [cat, "null"]
              img_norm: { mean: [1, 2.5, 3e1] }
            optimizer: { type: AdamW, lr: 1e-3 }
            runner: { max_iters: 100 }
            optimizer_config: { grad_clip: { max_norm: 10 } }
            """.Replace("data:", "  bbox_head: { num_classes: 2 }\ndata:"));
        Assert.Equal(18, config.Model.Backbone.Depth);
        Assert.Equal(NormKind.GN, config.Model.Backbone.Norm);
        Assert.False(config.Model.Backbone.NormEval);
        Assert.Null(config.Model.Backbone.Pretrained);
        Assert.Equal(SeparationRule.PeakWithGap, config.Model.Assignment.Separation);
        Assert.Equal(0.25f, config.Model.Assignment.Matcher.PositiveIouThreshold);
        Assert.Equal(["cat", "null"], config.Data.Classes!);
        Assert.Equal([1, 2.5, 30], config.Data.Normalization.Mean);
        Assert.Equal(OptimizerKind.AdamW, config.Optimizer.Kind);
        Assert.Equal(0.001, config.Optimizer.LearningRate);
        Assert.Equal(100, config.Duration.MaxIterations);
        Assert.Equal(10, config.Gradients.Clipping!.MaxNorm);
    }

    [Fact]
    public void Parse_ReadsRecordsUnderKeysOfTheFile()
    {
        var factors = Parse("""
            optimizer: { paramwise_cfg: { custom_keys: { backbone.layer1: { lr_mult: 0.5 }, bbox_head: { decay_mult: 0 } } } }
            """).Optimizer.Parameterwise!.CustomKeys;
        Assert.Equal(["backbone.layer1", "bbox_head"], factors.Keys);
        Assert.Equal(new ParameterFactors { Rate = 0.5 }, factors["backbone.layer1"]);
        Assert.Equal(new ParameterFactors { Decay = 0 }, factors["bbox_head"]);
        Assert.Equal(
            "test.yaml:1: optimizer.paramwise_cfg.custom_keys.a.lr_mul: unknown key, did you mean 'lr_mult'?",
            Error("optimizer: { paramwise_cfg: { custom_keys: { a: { lr_mul: 1 } } } }"));
        Assert.Equal(
            "test.yaml:1: optimizer.paramwise_cfg.custom_keys.a: expected a mapping, got '1'",
            Error("optimizer: { paramwise_cfg: { custom_keys: { a: 1 } } }"));
    }

    [Fact]
    public void Parse_TakesSyncBNForBN()
    {
        var config = Parse("model: { backbone: { norm: SyncBN, norm_eval: false } }");
        Assert.Equal(NormKind.BN, config.Model.Backbone.Norm);
        Assert.Contains("    norm: BN\n", ConfigWriter.ToYaml(config));
    }

    [Fact]
    public void Parse_ReadsRulesOfAveragesByTheNamesOfTheirClasses()
    {
        foreach (var kind in Enum.GetValues<WeightAverageKind>())
            Assert.Equal(kind, Parse($"ema: {{ type: {ConfigNames.EnumName(kind)} }}").WeightAverage!.Kind);
        Assert.Equal("ExpMomentumEMAHook", ConfigNames.EnumName(WeightAverageKind.ExpMomentumEmaHook));
        Assert.Null(Parse("ema: null").WeightAverage);
    }

    [Fact]
    public void Parse_KeepsDefaultsThatDifferByPlace()
    {
        var config = Parse("data: { train: { ann_file: a.json }, val: { ann_file: b.json } }");
        Assert.Equal([0.5], config.Data.Train.FlipProbability);
        Assert.Equal([0], config.Data.Val.FlipProbability);
        Assert.Equal(1.3, Parse("model: { bbox_head: { topk: 5 } }").Model.Head.BoxLoss.Weight);
    }

    [Fact]
    public void Parse_TakesALoneValueAsAListOfOne()
    {
        var train = Parse("data: { train: { ann_file: a.json, img_prefix: [images/], img_scale: [640, 480] } }").Data.Train;
        Assert.Equal(["a.json"], train.AnnotationFiles);
        Assert.Equal(["images/"], train.ImageFolders);
        Assert.Equal([[640, 480]], train.Scales);
    }

    [Theory]
    [InlineData("SGD")]
    [InlineData("sgd")]
    public void Parse_TakesEnumNamesInAnyCase(string name) =>
        Assert.Equal(OptimizerKind.SGD, Parse($"optimizer: {{ type: {name} }}").Optimizer.Kind);

    [Theory]
    [InlineData("\nmodel:\n  backbone:\n    depht: 18", "test.yaml:4: model.backbone.depht: unknown key, did you mean 'depth'?")]
    [InlineData("lr: 0.1", "test.yaml:1: lr: unknown key, did you mean 'optimizer.lr'?")]
    [InlineData("runner: { colour: red }",
        "test.yaml:1: runner.colour: unknown key, expected one of max_epochs, max_iters, budget, planned")]
    public void UnknownKey_IsNamedWithLineAndNearestKey(string yaml, string message) => Assert.Equal(message, Error(yaml));

    [Theory]
    [InlineData("seed: much", "seed: expected a whole number, got 'much'")]
    [InlineData("seed: 1.5", "seed: expected a whole number, got '1.5'")]
    [InlineData("seed: 99999999999", "seed: expected a whole number, got '99999999999'")]
    [InlineData("seed: null", "seed: expected a whole number, got nothing (null)")]
    [InlineData("seed: [1]", "seed: expected a whole number, got a list of 1")]
    [InlineData("optimizer: { lr: fast }", "optimizer.lr: expected a number, got 'fast'")]
    [InlineData("optimizer: { lr: NaN }", "optimizer.lr: expected a number, got 'NaN'")]
    [InlineData("optimizer: { type: Adagrad }", "optimizer.type: expected one of SGD, AdamW, got 'Adagrad'")]
    [InlineData("evaluation: { save_best: maybe }", "evaluation.save_best: expected true or false, got 'maybe'")]
    [InlineData("model: 3", "model: expected a mapping, got '3'")]
    [InlineData("model:", "model: expected a mapping, got nothing (null)")]
    [InlineData("device: { a: b }", "device: expected text, got a mapping")]
    [InlineData("runner: { budget: 15 }", "runner.budget: expected a time such as 90s, 15m, 1h30m or 1.5h, got '15'")]
    [InlineData("runner: { budget: [15m] }", "runner.budget: expected a time such as 90s, 15m, 1h30m or 1.5h, got a list of 1")]
    [InlineData("lr_config: { step: [8, late] }", "lr_config.step[1]: expected a whole number, got 'late'")]
    [InlineData("data: { train: { img_scale: 800 } }", "data.train.img_scale: expected a list, got '800'")]
    public void WrongType_SaysWhatWasExpectedAndFound(string yaml, string message) =>
        Assert.Equal($"test.yaml:1: {message}", Error(yaml));
}
