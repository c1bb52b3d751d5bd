using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Options;

namespace Paa.Detectors;

/// <summary>What names and shapes of weights say about the network.</summary>
/// <param name="model">Derived from them.</param>
sealed class WeightShapes(ModelOptions model)
{
    const string Strides = "model.bbox_head.anchor_generator.strides";
    const string Deformable = "model.backbone.dcn";

    /// <summary>The keys that shapes decide.</summary>
    static readonly string[] Decided =
    [
        "model.backbone.type", "model.backbone.depth", "model.backbone.base_channels", "model.backbone.groups",
        "model.backbone.base_width", "model.backbone.norm", Deformable, $"{Deformable}.deform_groups",
        "model.backbone.stage_with_dcn", "model.neck.out_channels", "model.neck.num_outs", "model.bbox_head.num_classes",
        "model.bbox_head.stacked_convs", "model.bbox_head.feat_channels", "model.bbox_head.dcn_on_last_conv",
    ];

    static readonly ConfigLocation Place = new("the shapes of the weights");

    /// <exception cref="ArchitectureException">The weights are not those of a PAA detector.</exception>
    public static WeightShapes Read(StateDict weights, string path)
    {
        try
        {
            var model = ArchitectureInference.FromShapes(weights.ToDictionary(pair => pair.Key, pair => pair.Value.Shape));
            ConfigValidator.Validate(new PaaConfig { Model = model }, "derived from its shapes");
            return new WeightShapes(model);
        }
        catch (Exception error) when (error is ArchitectureException or ConfigException)
        {
            throw new ArchitectureException(
                $"{path}: {error.Message}. Paa reads PAA detectors of this project and of MMDetection.");
        }
    }

    /// <summary>A configuration of which nothing else is known.</summary>
    /// <param name="overrides">Assignments <c>a.b.c=value</c> over it.</param>
    /// <exception cref="ConfigException">An override is wrong.</exception>
    public SourcedConfig Alone(IReadOnlyList<string> overrides)
    {
        var values = ConfigWriter.Values(new PaaConfig { Model = model });
        var tree = new ConfigMapping(Place, []);
        foreach (var (key, value) in values)
            if (Decides(key, tree)) tree = Set(tree, key, value);
        // As many strides as levels; the published five are a guess, so they are not in the tree.
        if (model.Head.Anchors.Strides.Length != new AnchorOptions().Strides.Length) tree = Set(tree, Strides, values[Strides]);
        return SourcedConfig.Of(tree, overrides);
    }

    /// <summary>Lays the shapes over what a text in the checkpoint says.</summary>
    /// <param name="stored">Keeps what shapes do not decide, and what agrees with them.</param>
    /// <param name="path">Of the checkpoint, for the notice.</param>
    /// <param name="notices">Receives a sentence about what contradicts the shapes.</param>
    /// <exception cref="ConfigException">A value that shapes decide is of another type.</exception>
    public ConfigMapping Over(ConfigMapping stored, string path, List<string> notices)
    {
        var (tree, contradictions) = (stored, new List<string>());
        foreach (var (key, value) in ConfigWriter.Values(new PaaConfig { Model = model }))
        {
            if (!Decides(key, stored)) continue;
            if (stored.Find(key) is not { } said)
            {
                tree = Set(tree, key, value);
            }
            else if (!IsSame(key, said, value))
            {
                contradictions.Add($"{key} is {value}, not {said.Description}");
                tree = Set(tree, key, value);
            }
        }
        if (contradictions.Count > 0)
            notices.Add($"the configuration in {path} contradicts its weights, which count: "
                + $"{string.Join("; ", contradictions)}.");
        return tree;
    }

    /// <summary>Of the strides shapes tell only the number. The width of a group means nothing in a ResNet.</summary>
    bool Decides(string key, ConfigMapping stored) => key switch
    {
        Strides => stored.Find(key) is ConfigList list && list.Items.Count != model.Head.Anchors.Strides.Length,
        "model.backbone.base_width" => model.Backbone.Kind == BackboneKind.ResNeXt,
        _ => Decided.Contains(key),
    };

    /// <summary>Whether a written value is that of the shapes; <c>resnet</c> is <c>ResNet</c>.</summary>
    static bool IsSame(string key, ConfigNode said, string value)
    {
        try
        {
            var bound = ConfigBinder.Bind<PaaConfig>(ConfigMapping.At(key, said, said.Location));
            return ConfigWriter.Values(bound).GetValueOrDefault(key) == value;
        }
        catch (ConfigException)
        {
            return false;
        }
    }

    static ConfigMapping Set(ConfigMapping tree, string key, string value) =>
        tree.OverriddenBy(ConfigMapping.At(key, YamlTreeReader.Read(new StringReader(value), Place), Place));
}
