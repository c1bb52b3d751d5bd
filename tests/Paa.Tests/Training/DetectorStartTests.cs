using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Models;
using Paa.Options;
using Paa.Training;
using Paa.Training.Networks;

namespace Paa.Tests.Training;

[Collection("Native")]
public sealed class DetectorStartTests : IDisposable
{
    const string ClassWeight = "bbox_head.atss_cls.weight";
    const string ClassBias = "bbox_head.atss_cls.bias";

    static readonly ModelOptions Small = new()
    {
        Backbone = new BackboneOptions { Depth = 18, BaseChannels = 8, FrozenStages = -1 },
        Neck = new FeaturePyramidOptions { Channels = 32, LevelCount = 4 },
        Head = new HeadOptions
        {
            ClassCount = 3,
            TowerDepth = 2,
            TowerChannels = 32,
            Anchors = new AnchorOptions { Strides = [8, 16, 32, 64] },
        },
    };

    readonly TemporaryFolder _folder = new();
    readonly List<string> _notices = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Set_FromADetectorOfOtherClasses_KeepsTheRowsOfEqualNames()
    {
        var source = Write(Small, ["cat", "dog", "person"]);
        var (start, weights) = Load(Small, ["Person", "mug", "cat"]);
        foreach (var name in new[] { ClassWeight, ClassBias })
        {
            Assert.Equal(Row(source, name, 2), Row(weights, name, 0));
            Assert.Equal(Row(start, name, 1), Row(weights, name, 1));
            Assert.Equal(Row(source, name, 0), Row(weights, name, 2));
        }
        Assert.Equal(
            $"load_from: {Path} fits this network in part. Of its 3 classes Person, cat keep their weights; new: mug.",
            Assert.Single(_notices));
        Assert.All(source.Names.Where(name => name is not (ClassWeight or ClassBias)),
            name => Assert.Equal(source[name].ToBytes(), weights[name].ToBytes()));
    }

    [Theory]
    [InlineData(new[] { "person", "cat" }, new[] { 2, 0 })]
    [InlineData(new[] { "dog" }, new[] { 1 })]
    [InlineData(new[] { "a", "b", "dog", "c", "d" }, new[] { -1, -1, 1, -1, -1 })]
    public void Set_FromADetectorOfMoreOrFewerClasses_KeepsTheRowsOfEqualNames(string[] classes, int[] rows)
    {
        var source = Write(Small, ["cat", "dog", "person"]);
        var (start, weights) = Load(Small with { Head = Small.Head with { ClassCount = classes.Length } }, classes);
        for (var label = 0; label < classes.Length; label++)
        {
            Assert.Equal(rows[label] < 0 ? Row(start, ClassWeight, label) : Row(source, ClassWeight, rows[label]),
                Row(weights, ClassWeight, label));
            Assert.Equal(rows[label] < 0 ? Row(start, ClassBias, label) : Row(source, ClassBias, rows[label]),
                Row(weights, ClassBias, label));
        }
        Assert.EndsWith($"({ClassWeight} ([3, 32, 3, 3] for [{classes.Length}, 32, 3, 3])).", Assert.Single(_notices));
    }

    [Fact]
    public void Set_FromADetectorOfNoSuchClass_SaysThatAllAreNew()
    {
        var source = Write(Small, ["cat", "dog", "person"]);
        var (start, weights) = Load(Small, ["RBC", "WBC", "Platelets"]);
        Assert.Equal(start[ClassWeight].ToBytes(), weights[ClassWeight].ToBytes());
        Assert.Equal(source["bbox_head.atss_reg.weight"].ToBytes(), weights["bbox_head.atss_reg.weight"].ToBytes());
        Assert.EndsWith("None of this network's classes is among its 3; new: RBC, WBC, Platelets.", Assert.Single(_notices));
    }

    [Fact]
    public void Set_FromEightyClassesWithoutNames_TakesThemForThoseOfCoco()
    {
        var source = Write(Small with { Head = Small.Head with { ClassCount = 80 } }, names: null);
        var (_, weights) = Load(Small, ["person", "cat", "mug"]);
        Assert.Equal(Row(source, ClassWeight, 0), Row(weights, ClassWeight, 0));
        Assert.Equal(Row(source, ClassWeight, 15), Row(weights, ClassWeight, 1));
        Assert.Contains("Of its 80 classes person, cat keep their weights; new: mug", Assert.Single(_notices));
    }

    [Fact]
    public void Set_WithoutNames_TakesAsManyRowsInOrder()
    {
        var source = Write(Small, names: null);
        var (_, weights) = Load(Small, ["a", "b", "c"]);
        Assert.Equal(source[ClassWeight].ToBytes(), weights[ClassWeight].ToBytes());
        Assert.Empty(_notices);
    }

    [Theory]
    [InlineData(2, 4, new[] { "cls_convs.2", "reg_convs.3" }, "It lacks")]
    [InlineData(2, 1, new[] { "cls_convs.1", "reg_convs.1" }, "are not used")]
    public void Set_WithAnotherDepthOfTheHead_TakesTheConvolutionsThatBothHave(int from, int to, string[] named, string words)
    {
        var source = Write(WithTower(from), ["a", "b", "c"]);
        var (start, weights) = Load(WithTower(to), ["a", "b", "c"]);
        for (var i = 0; i < to; i++)
        {
            foreach (var name in new[] { $"bbox_head.cls_convs.{i}.conv.weight", $"bbox_head.reg_convs.{i}.gn.weight" })
                Assert.Equal((i < from ? source : start)[name].ToBytes(), weights[name].ToBytes());
        }
        Assert.Equal(source[ClassWeight].ToBytes(), weights[ClassWeight].ToBytes());
        var notice = Assert.Single(_notices);
        Assert.Contains(words, notice);
        Assert.All(named, name => Assert.Contains($"bbox_head.{name}", notice));
    }

    [Fact]
    public void Set_WithOtherLevels_TakesThoseThatBothHave()
    {
        var source = Write(Small, ["a", "b", "c"]);
        var three = Small with
        {
            Neck = Small.Neck with { LevelCount = 3 },
            Head = Small.Head with { Anchors = new AnchorOptions { Strides = [8, 16, 32], Scale = 4 } },
        };
        var (_, weights) = Load(three, ["a", "b", "c"]);
        Assert.All(weights, pair => Assert.Equal(source[pair.Key].ToBytes(), pair.Value.ToBytes()));
        Assert.EndsWith("Of it neck.fpn_convs.3, bbox_head.scales.3 are not used.", Assert.Single(_notices));
    }

    [Fact]
    public void Set_WithADeeperBackbone_TakesTheBlocksOfTheFile_AndOthersBeginAsTheIdentity()
    {
        var source = Write(Small, ["a", "b", "c"]);
        var deeper = Small with { Backbone = Small.Backbone with { Depth = 34, FrozenStages = 1 } };
        var (_, weights) = Load(deeper, ["a", "b", "c"]);
        Assert.All(source, pair => Assert.Equal(pair.Value.ToBytes(), weights[pair.Key].ToBytes()));
        Assert.All(weights["backbone.layer3.5.bn2.weight"].ToArray<float>(), scale => Assert.Equal(0, scale));
        Assert.Equal($"load_from: {Path} fits this network in part. It lacks backbone.layer1.2, backbone.layer2.2, "
            + "backbone.layer2.3, backbone.layer3.2 and 4 more. "
            + "backbone.layer1.2 is random and frozen: lower model.backbone.frozen_stages.", Assert.Single(_notices));
    }

    [Fact]
    public void Set_WithAnotherNeck_TakesNoNormWithoutItsConvolution()
    {
        var source = Write(Small, ["a", "b", "c"]);
        var (start, weights) = Load(Small with { Neck = Small.Neck with { Channels = 64 } }, ["a", "b", "c"]);
        const string Norm = "bbox_head.cls_convs.0.gn.weight";
        Assert.NotEqual(source[Norm].ToBytes(), start[Norm].ToBytes());
        Assert.Equal(start[Norm].ToBytes(), weights[Norm].ToBytes());
        Assert.Equal(source["bbox_head.cls_convs.1.gn.weight"].ToBytes(), weights["bbox_head.cls_convs.1.gn.weight"].ToBytes());
        Assert.Contains("neck.lateral_convs.0.conv.weight ([32, 16, 1, 1] for [64, 16, 1, 1])", Assert.Single(_notices));
    }

    [Fact]
    public void Set_WithSeveralAnchorsAPosition_LeavesTheLayersOut()
    {
        // Three anchors of three classes.
        var source = Write(Small with { Head = Small.Head with { ClassCount = 9 } }, ["a", "b", "c"]);
        var (start, weights) = Load(Small, ["a", "b", "c"]);
        Assert.Equal(start[ClassWeight].ToBytes(), weights[ClassWeight].ToBytes());
        Assert.Equal(source["neck.fpn_convs.0.conv.weight"].ToBytes(), weights["neck.fpn_convs.0.conv.weight"].ToBytes());
        Assert.Contains("all classes are new", Assert.Single(_notices));
    }

    [Theory]
    [InlineData(50, 8)]
    [InlineData(18, 16)]
    public void Set_FromAFileWithoutThisBackbone_SaysHowMuchMustFit(int depth, int channels)
    {
        Write(Small with { Backbone = Small.Backbone with { Depth = depth, BaseChannels = channels } }, ["a", "b", "c"]);
        var error = Assert.Throws<TrainingException>(() => Load(Small, ["a", "b", "c"]));
        Assert.StartsWith($"load_from: {Path} belongs to another network: ", error.Message);
        Assert.Contains(
            "% of the weights of this backbone (depth 18, 8 base channels, BN) fit; at least 25 % must", error.Message);
        Assert.Empty(_notices);
    }

    [Fact]
    public void Match_PrefersTheEqualName()
    {
        Assert.Equal([1, 0, -1], ClassRows.Match(["CAT", "cat", "dog"], ["cat", "Cat", "cats"]));
        Assert.Equal([0, -1], ClassRows.Match(["cat"], ["cat", "cat"]));
    }

    [Fact]
    public void Merge_OfQuantizedRows_TakesTheNumbersTheyStandFor()
    {
        var stored = StoredTensor.Quantized([1, 2, 3, 4], [0.5f, 2f], 2, 2);
        var start = StoredTensor.From<float>([7, 7, 8, 8], 2, 2);
        var rows = new ClassRows([1, -1], null, new MismatchedShape("x", [2, 2], [2, 2]));
        Assert.Equal([6, 8, 8, 8], rows.Merge(stored, start).ToArray<float>());
    }

    [Theory]
    [InlineData("backbone.conv1.weight", "backbone")]
    [InlineData("backbone.bn1.running_var", "backbone")]
    [InlineData("backbone.layer1.0.downsample.1.weight", "backbone.layer1.0")]
    [InlineData("neck.lateral_convs.2.conv.bias", "neck.lateral_convs.2")]
    [InlineData("bbox_head.cls_convs.3.gn.weight", "bbox_head.cls_convs.3")]
    [InlineData("bbox_head.atss_reg.bias", "bbox_head.atss_reg")]
    [InlineData("bbox_head.scales.4.scale", "bbox_head.scales.4")]
    public void PartOf_IsABlockOrALayerWithItsNorm(string name, string part) => Assert.Equal(part, DetectorStart.PartOf(name));

    string Path => _folder["source.pth"];

    static ModelOptions WithTower(int depth) => Small with { Head = Small.Head with { TowerDepth = depth } };

    /// <summary>Writes a detector whose every number differs from any random start.</summary>
    StateDict Write(ModelOptions model, string[]? names)
    {
        var weights = new StateDict();
        foreach (var parameter in new PaaDetector(model).Parameters)
        {
            var values = Enumerable.Range(0, (int)parameter.Count).Select(i => 2 + i % 97 / 8f).ToArray();
            weights.Add(parameter.Name, parameter.Type == ScalarType.Int64
                ? StoredTensor.From<long>([5], parameter.Shape) : StoredTensor.From<float>(values, parameter.Shape));
        }
        var meta = new PickleDict();
        if (names is not null) meta.Add("CLASSES", new PickleTuple([.. names]));
        TorchFile.Write(Path, new PickleDict { { "meta", meta }, { "state_dict", weights.ToGraph() } });
        return weights;
    }

    /// <summary>A network of random weights, and the same after the file was loaded.</summary>
    (StateDict Start, StateDict Loaded) Load(ModelOptions model, string[] classes)
    {
        using var detector = new TorchDetector(model);
        InitialWeights.Set(detector, new() { Model = model }, _notices.Add);
        var start = detector.ToStateDict();
        InitialWeights.Set(detector, new() { Model = model, LoadFrom = Path }, _notices.Add, classes);
        return (start, detector.ToStateDict());
    }

    static float[] Row(StateDict weights, string name, int row)
    {
        var values = weights[name].ToArray<float>();
        var length = values.Length / (int)weights[name].Shape[0];
        return values[(row * length)..((row + 1) * length)];
    }
}
