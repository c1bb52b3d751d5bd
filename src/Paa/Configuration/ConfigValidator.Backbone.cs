using Paa.Models;
using Paa.Options;

namespace Paa.Configuration;

public sealed partial class ConfigValidator
{
    void CheckBackbone(BackboneOptions backbone)
    {
        const string Path = "model.backbone";
        Require(backbone.Depth is 18 or 34 or 50 or 101 or 152, $"{Path}.depth", "one of 18, 34, 50, 101, 152", backbone.Depth);
        RequireChannels(backbone.BaseChannels, $"{Path}.base_channels");
        CheckGroups(backbone, Path);
        CheckDeformable(backbone, Path);
        if (backbone.Norm == NormKind.GN)
            Require(backbone.BaseChannels % GroupCount == 0, $"{Path}.base_channels",
                $"a multiple of {GroupCount} (norm is GN)", backbone.BaseChannels);
        Require(backbone.FrozenStages is >= -1 and <= 4, $"{Path}.frozen_stages", "-1 (none) to 4", backbone.FrozenStages);
    }

    void CheckGroups(BackboneOptions backbone, string path)
    {
        RequireChannels(backbone.Groups, $"{path}.groups");
        RequireChannels(backbone.BaseWidth, $"{path}.base_width");
        RequireChannels(backbone.Groups * backbone.BaseWidth, $"{path}.base_width times groups");
        Require(backbone.Kind == BackboneKind.ResNeXt || backbone.Groups == 1, $"{path}.groups",
            "1 for a ResNet (set type to ResNeXt for more)", backbone.Groups);
        Require(backbone.Kind == BackboneKind.ResNet || HasBottlenecks(backbone), $"{path}.depth",
            "50, 101 or 152 for a ResNeXt", backbone.Depth);
        var width = backbone.BaseWidth * backbone.Groups;
        Require(backbone.Norm == NormKind.BN || backbone.Groups == 1 || width % GroupCount == 0, $"{path}.base_width",
            $"groups times base_width to be a multiple of {GroupCount} (norm is GN)", width);
    }

    void CheckDeformable(BackboneOptions backbone, string path)
    {
        Require(backbone.DeformableStages.Length == 4, $"{path}.stage_with_dcn", "4 values, for C2 to C5", backbone.DeformableStages.Length);
        var isUsed = backbone.DeformableStages.Contains(true);
        if (backbone.Deformable is not { } deformable)
        {
            Require(!isUsed, $"{path}.stage_with_dcn", "only false while dcn is null", "true");
            return;
        }
        Require(isUsed, $"{path}.stage_with_dcn", "a stage with true, as dcn is set", "only false");
        Require(HasBottlenecks(backbone), $"{path}.dcn", "depth 50, 101 or 152, whose blocks can be deformable", backbone.Depth);
        RequireAtLeast(1, deformable.OffsetGroups, $"{path}.dcn.deform_groups");
        var width = backbone.Groups == 1 ? backbone.BaseChannels : backbone.BaseWidth * backbone.Groups;
        Require(width % deformable.OffsetGroups == 0, $"{path}.dcn.deform_groups",
            $"a divisor of the {width} channels of C2's 3x3 convolutions", deformable.OffsetGroups);
    }

    static bool HasBottlenecks(BackboneOptions backbone) => backbone.Depth >= 50;
}
