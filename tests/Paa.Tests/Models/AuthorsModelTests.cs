using Paa.Configuration;
using Paa.Models;

namespace Paa.Tests.Models;

/// <summary>The networks of <c>configs/authors</c>, the table of the authors' own repository.</summary>
[Collection("Native")]
public class AuthorsModelTests
{
    /// <summary>Depth, groups and base width, deformable bottlenecks.</summary>
    [Theory]
    [InlineData("paa_r101_fpn_2x_coco", 101, 1, 4, 0)]
    [InlineData("paa_dcnv2_r101_fpn_2x_coco", 101, 1, 4, 4 + 23 + 3)]
    [InlineData("paa_x101_64x4d_fpn_2x_coco", 101, 64, 4, 0)]
    [InlineData("paa_dcnv2_x101_64x4d_fpn_2x_coco", 101, 64, 4, 23 + 3)]
    [InlineData("paa_dcnv2_x101_32x8d_fpn_2x_coco", 101, 32, 8, 23 + 3)]
    [InlineData("paa_dcnv2_x152_32x8d_fpn_2x_coco", 152, 32, 8, 36 + 3)]
    public void Config_BuildsTheNetwork(string name, int depth, int groups, int baseWidth, int deformable)
    {
        var config = ConfigLoader.Load(Path.Combine(Repository.Root, "configs", "authors", $"{name}.yaml"));
        var detector = new PaaDetector(config.Model);
        var backbone = config.Model.Backbone;
        Assert.Equal((depth, groups, baseWidth), (backbone.Depth, backbone.Groups, backbone.BaseWidth));
        string[] offsets = [.. detector.Parameters.Select(entry => entry.Name)
            .Where(key => key.EndsWith(".conv_offset.weight", StringComparison.Ordinal))];
        Assert.Equal(deformable, offsets.Count(key => key.StartsWith("backbone.", StringComparison.Ordinal)));
        string[] towers = deformable == 0 ? []
            : ["bbox_head.cls_convs.3.conv.conv_offset.weight", "bbox_head.reg_convs.3.conv.conv_offset.weight"];
        Assert.Equal(towers, offsets.Skip(deformable));
    }
}
