using Paa.Checkpoints;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Networks;

namespace Paa.Tests.Models;

/// <summary>A detector small enough for a test that runs it often, and its checkpoint.</summary>
static class SmallDetector
{
    public static ModelOptions Options { get; } = new()
    {
        Backbone = new BackboneOptions { Depth = 18, BaseChannels = 8, FrozenStages = -1 },
        Neck = new FeaturePyramidOptions { Channels = 32 },
        Head = new HeadOptions { ClassCount = 3, TowerChannels = 32, TowerDepth = 1 },
    };

    /// <summary>Random weights that find something: the prior of the class scores is raised.</summary>
    public static TorchDetector Create(ModelOptions? options = null)
    {
        var detector = new TorchDetector(options ?? Options);
        detector.InitializeWeights(seed: 1);
        using var noGrad = new NoGrad();
        detector.Parameters["bbox_head.atss_cls.bias"].Tensor.FillInPlace(0);
        return detector;
    }

    /// <summary>Writes <c>{'meta': {'CLASSES': ...}, 'state_dict': ...}</c>, as MMDetection does.</summary>
    public static string Save(TorchDetector detector, string path, params string[] classes)
    {
        var meta = new PickleDict();
        if (classes.Length > 0) meta.Add("CLASSES", new PickleTuple([.. classes]));
        TorchFile.Write(path, new PickleDict { { "meta", meta }, { "state_dict", detector.ToStateDict().ToGraph() } });
        return path;
    }
}
