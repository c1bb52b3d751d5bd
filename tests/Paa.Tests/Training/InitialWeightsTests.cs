using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Detectors;
using Paa.Models;
using Paa.Options;
using Paa.Training;
using Paa.Training.Networks;
using Paa.Zoo;

namespace Paa.Tests.Training;

[Collection("Native")]
public sealed class InitialWeightsTests : IDisposable
{
    static readonly ModelOptions Small = new()
    {
        Backbone = new BackboneOptions { Depth = 18, BaseChannels = 8 },
        Neck = new FeaturePyramidOptions { Channels = 32 },
        Head = new HeadOptions { ClassCount = 2, TowerDepth = 1, TowerChannels = 32 },
    };

    readonly TemporaryFolder _folder = new();
    readonly List<string> _notices = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Set_WithEqualSeeds_GivesEqualWeights()
    {
        var (first, second) = (Weights(new() { Model = Small, Seed = 1 }), Weights(new() { Model = Small, Seed = 1 }));
        var other = Weights(new() { Model = Small, Seed = 2 });
        Assert.Equal(Values(first, "backbone.conv1.weight"), Values(second, "backbone.conv1.weight"));
        Assert.NotEqual(Values(first, "backbone.conv1.weight"), Values(other, "backbone.conv1.weight"));
    }

    [Fact]
    public void Set_FromABackboneOfTorchvision_TakesItAndLeavesTheRest()
    {
        var source = Weights(new() { Model = Small, Seed = 1 });
        var path = WriteBackbone(source, leaveOut: ".num_batches_tracked");         // as files before torchvision 0.3
        var weights = Weights(new() { Model = WithBackbone(path), Seed = 2 });
        Assert.Equal(Values(source, "backbone.layer4.1.conv2.weight"), Values(weights, "backbone.layer4.1.conv2.weight"));
        Assert.Equal(Values(source, "backbone.layer4.1.bn2.weight"), Values(weights, "backbone.layer4.1.bn2.weight"));
        Assert.NotEqual(Values(source, "neck.fpn_convs.0.conv.weight"), Values(weights, "neck.fpn_convs.0.conv.weight"));
    }

    [Fact]
    public void Set_FromAnIncompleteBackbone_NamesWhatIsMissing()
    {
        var path = WriteBackbone(Weights(new() { Model = Small }), leaveOut: "layer4.1.conv2.weight");
        var error = Assert.Throws<TrainingException>(() => Weights(new() { Model = WithBackbone(path) }));
        Assert.EndsWith("it lacks backbone.layer4.1.conv2.weight.", error.Message);
        var details = Assert.IsType<ArchitectureException>(error.InnerException).Details;
        Assert.Equal(["missing: backbone.layer4.1.conv2.weight"], details);
    }

    [Fact]
    public void Set_FromAWiderBackbone_NamesTheShapes()
    {
        var wider = Small with { Backbone = Small.Backbone with { BaseChannels = 16 } };
        var path = WriteBackbone(Weights(new() { Model = wider }), leaveOut: "-");
        var error = Assert.Throws<TrainingException>(() => Weights(new() { Model = WithBackbone(path) }));
        Assert.Contains("backbone.conv1.weight ([16, 3, 7, 7] for [8, 3, 7, 7])", error.Message);
    }

    [Fact]
    public void Set_FromAModelOfTorchvision_TakesItFromTheCache()
    {
        using var variables = new EnvironmentVariables().With("PAA_HOME", _folder.Path);
        var source = Weights(new() { Model = Small, Seed = 1 });
        Directory.CreateDirectory(_folder["checkpoints"]);
        File.Move(WriteBackbone(source, leaveOut: "-"), _folder["checkpoints/resnet18-f37072fd.pth"]);
        var weights = Weights(new() { Model = WithBackbone("torchvision://resnet18"), Seed = 2 });
        Assert.Equal(Values(source, "backbone.layer4.1.conv2.weight"), Values(weights, "backbone.layer4.1.conv2.weight"));
    }

    [Fact]
    public void Set_FromAnUnknownModel_NamesThoseThatAreKnown()
    {
        var error = Assert.Throws<DownloadException>(() => Weights(new() { Model = WithBackbone("torchvision://resnet51") }));
        Assert.Contains("torchvision://resnet50", error.Message);
    }

    [Fact]
    public void Set_FromADetector_TakesEverything()
    {
        var source = Weights(new() { Model = Small, Seed = 1 });
        var path = _folder["detector.pth"];
        TorchFile.Write(path, new PickleDict { { "state_dict", source.ToGraph() } });
        var weights = Weights(new() { Model = Small, Seed = 2, LoadFrom = path });
        Assert.All(source, pair => Assert.Equal(pair.Value.ToBytes(), weights[pair.Key].ToBytes()));
        Assert.Empty(_notices);
    }

    StateDict Weights(PaaConfig config)
    {
        using var detector = new TorchDetector(config.Model);
        InitialWeights.Set(detector, config, _notices.Add);
        return detector.ToStateDict();
    }

    /// <summary>The backbone under the names of torchvision's classifiers, with a classifying layer.</summary>
    string WriteBackbone(StateDict detector, string leaveOut)
    {
        const string Prefix = "backbone.";
        var content = new PickleDict { IsOrderedDict = true };
        foreach (var (name, tensor) in detector)
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && !name.EndsWith(leaveOut, StringComparison.Ordinal))
                content.Add(name[Prefix.Length..], tensor);
        content.Add("fc.weight", StoredTensor.From<float>(new float[4], 2, 2));
        TorchFile.Write(_folder["resnet18.pth"], content);
        return _folder["resnet18.pth"];
    }

    static ModelOptions WithBackbone(string path) => Small with { Backbone = Small.Backbone with { Pretrained = path } };

    static float[] Values(StateDict weights, string name) => weights[name].ToArray<float>();
}
