using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Models;
using Paa.Options;
using Paa.Training.Recipes;

namespace Paa.Tests.Training.Recipes;

public sealed class RecipeStartTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A file of zeros with the names of a classifier of torchvision.</summary>
    string WriteClassifier(BackboneOptions backbone)
    {
        const string Prefix = "backbone.";
        var network = new PaaDetector(new ModelOptions { Backbone = backbone });
        var weights = new StateDict();
        foreach (var parameter in network.Parameters.Where(one => one.Name.StartsWith(Prefix, StringComparison.Ordinal)))
            weights.Add(parameter.Name[Prefix.Length..], StoredTensor.From<float>(new float[parameter.Count], parameter.Shape));
        weights.Add("fc.bias", StoredTensor.From<float>(new float[4], 4));
        SafetensorsFile.Write(_folder["weights.safetensors"], weights);
        return _folder["weights.safetensors"];
    }

    [Theory]
    [InlineData(18, 8)]
    [InlineData(34, 16)]
    [InlineData(50, 8)]
    [InlineData(101, 8)]
    public void FileOfABackbone_TellsItsNetwork(int depth, int channels)
    {
        var file = WriteClassifier(new BackboneOptions { Depth = depth, BaseChannels = channels });
        var start = RecipeStart.OfFile(file);
        Assert.Equal((file, depth, channels, file),
            (start.Weights, start.Backbone!.Depth, start.Backbone.BaseChannels, start.Backbone.Pretrained));
        Assert.Null(start.Detector);
    }

    [Fact]
    public void FileOfAnotherNetwork_IsRefused()
    {
        var wide = WriteClassifier(new BackboneOptions
        {
            Kind = BackboneKind.ResNeXt,
            Depth = 50,
            BaseChannels = 8,
            Groups = 4,
            BaseWidth = 4,
        });
        Assert.Contains("neither a detector nor a ResNet-18, 34, 50, 101 or 152",
            Assert.Throws<ArchitectureException>(() => RecipeStart.OfFile(wide)).Message);

        var weights = new StateDict { { "weight", StoredTensor.From<float>(new float[4], 4) } };
        SafetensorsFile.Write(_folder["other.safetensors"], weights);
        Assert.Contains("this is no PAA detector",
            Assert.Throws<ArchitectureException>(() => RecipeStart.OfFile(_folder["other.safetensors"])).Message);
    }

    [Theory]
    [InlineData("nuget://resnet18", BackboneKind.ResNet, 18, 1, 4)]
    [InlineData("torchvision://resnet101", BackboneKind.ResNet, 101, 1, 4)]
    [InlineData("torchvision://resnext101_32x8d", BackboneKind.ResNeXt, 101, 32, 8)]
    [InlineData("open-mmlab://resnext101_64x4d", BackboneKind.ResNeXt, 101, 64, 4)]
    public void NameOfABackbone_TellsItsNetwork(string name, BackboneKind kind, int depth, int groups, int width)
    {
        var backbone = RecipeStart.OfBackbone(name).Backbone!;
        Assert.Equal((kind, depth, groups, width, name),
            (backbone.Kind, backbone.Depth, backbone.Groups, backbone.BaseWidth, backbone.Pretrained));
    }

    [Fact]
    public void UnknownBackbone_IsRefusedWithTheKnownOnes() => Assert.Contains(
        "there are nuget://resnet18, torchvision://resnet18",
        Assert.Throws<ArgumentException>(() => RecipeStart.OfBackbone("torchvision://resnet19")).Message);
}
