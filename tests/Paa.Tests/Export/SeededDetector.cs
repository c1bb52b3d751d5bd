using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Detectors;
using Paa.Imaging;
using Paa.Models;
using Paa.Options;

namespace Paa.Tests.Export;

/// <summary>Detectors of random weights that depend on a seed alone and find many objects of all classes, and pictures.</summary>
static class SeededDetector
{
    /// <summary>A configuration for small pictures.</summary>
    /// <param name="backbone">The network; narrow ones are quick.</param>
    /// <param name="classes">Number of classes.</param>
    public static PaaConfig Config(BackboneOptions backbone, int classes = 80) => new()
    {
        Model = new ModelOptions
        {
            Backbone = backbone,
            Neck = new FeaturePyramidOptions { Channels = 64 },
            Head = new HeadOptions { ClassCount = classes, TowerChannels = 64, TowerDepth = 1 },
            PostProcessing = new PostProcessingOptions { PreNmsTopK = 200 },
        },
        Data = new DataOptions { Test = new DatasetOptions { Scales = [[224, 160]] } },
    };

    public static LoadedDetector Create(PaaConfig config, int seed = 1)
    {
        var network = new PaaDetector(config.Model);
        string[] classes = ["Vögel 鳥", .. Enumerable.Range(1, config.Model.Head.ClassCount - 1).Select(i => $"thing {i}")];
        var settings = DetectorConfig.Of(new SourcedConfig(config, new(default, [])), classes);
        return new LoadedDetector(network, Weights(network, seed), settings);
    }

    /// <summary>Writes it as a checkpoint of this project.</summary>
    public static void WriteCheckpoint(LoadedDetector detector, string path)
    {
        var meta = new PickleDict { { "CLASSES", new PickleTuple([.. detector.Classes]) } };
        new PaaMeta { Config = ConfigWriter.ToYaml(detector.Config) }.AddTo(meta);
        TorchFile.Write(path, new PickleDict { { "meta", meta }, { "state_dict", detector.Weights.ToGraph() } });
    }

    /// <summary>A picture with edges of all sizes, on which networks answer otherwise from place to place.</summary>
    public static Image Picture(int height, int width, int seed = 1)
    {
        var random = new Random(seed);
        var image = new Image(height, width);
        for (var i = 0; i < 40; i++)
        {
            var (left, top) = (random.Next(width), random.Next(height));
            var (right, bottom) = (Math.Min(width, left + random.Next(4, width)), Math.Min(height, top + random.Next(4, height)));
            var color = new byte[3];
            random.NextBytes(color);
            for (var y = top; y < bottom; y++)
                for (var x = left; x < right; x++) color.CopyTo(image.Row(y).Slice(3 * x, 3));
        }
        return image;
    }

    static StateDict Weights(PaaDetector network, int seed)
    {
        var random = new Random(seed);
        var weights = new StateDict();
        foreach (var parameter in network.Parameters)
        {
            if (parameter.Type == ScalarType.Int64)
            {
                weights.Add(parameter.Name, StoredTensor.From<long>([0], parameter.Shape));
                continue;
            }
            var values = new float[parameter.Count];
            var (mean, deviation) = Distribution(parameter);
            foreach (ref var value in values.AsSpan()) value = (float)(mean + deviation * Normal());
            weights.Add(parameter.Name, StoredTensor.From<float>(values, parameter.Shape));
        }
        return weights;

        double Normal() =>
            Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    /// <summary>Scores spread over classes and places, most below the threshold; maps keep their size through the
    /// network.</summary>
    static (double Mean, double Deviation) Distribution(ParameterSpec parameter)
    {
        var fanIn = parameter.Shape.Skip(1).Aggregate(1L, (product, size) => product * size);
        return parameter.Name switch
        {
            "bbox_head.atss_cls.bias" => (-7, 0.5),
            "bbox_head.atss_cls.weight" => (0, 3 / Math.Sqrt(fanIn)),
            "bbox_head.atss_reg.weight" => (0, 2 / Math.Sqrt(fanIn)),
            var name when name.EndsWith("running_var", StringComparison.Ordinal) => (1, 0),
            var name when name.Contains("conv_offset", StringComparison.Ordinal) => (0, 0.3 / Math.Sqrt(Math.Max(fanIn, 1))),
            var name when name.EndsWith("bn3.weight", StringComparison.Ordinal) => (0.3, 0.02),
            var name when name.EndsWith("bn2.weight", StringComparison.Ordinal) => (0.6, 0.02),
            _ when parameter.Shape.Length == 4 => (0, Math.Sqrt(2.0 / fanIn)),
            _ when parameter.Name.EndsWith("weight", StringComparison.Ordinal) => (1, 0.05),
            _ when parameter.Name.EndsWith("scale", StringComparison.Ordinal) => (1, 0.05),
            _ => (0, 0.05),
        };
    }
}
