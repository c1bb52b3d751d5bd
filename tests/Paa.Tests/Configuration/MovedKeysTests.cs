using Paa.Configuration;
using Paa.Options;

namespace Paa.Tests.Configuration;

/// <summary><c>model.train_cfg.profile</c> is the earlier place of <c>model.profile</c>, and is still read.</summary>
public sealed class MovedKeysTests : IDisposable
{
    const string Own = "model:\n  profile: original\n";
    const string Earlier = "model:\n  train_cfg:\n    profile: original\n";

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static string Mmdet(string yaml) => yaml.Replace("original", "mmdet", StringComparison.Ordinal);

    SemanticsProfile Load(string yaml, params string[] overrides) =>
        ConfigLoader.Load(_folder.Write("run.yaml", yaml), overrides).Model.Profile;

    [Theory]
    [InlineData(Own)]
    [InlineData(Earlier)]
    public void File_AndText_AreReadInEitherSpelling(string yaml)
    {
        Assert.Equal(SemanticsProfile.Original, Load(yaml));
        Assert.Equal(SemanticsProfile.Mmdet, Load(Mmdet(yaml)));
        Assert.Equal(SemanticsProfile.Original, ConfigLoader.Parse(yaml, "checkpoint").Model.Profile);
    }

    [Theory]
    [InlineData(Own, Own)]
    [InlineData(Own, Earlier)]
    [InlineData(Earlier, Own)]
    [InlineData(Earlier, Earlier)]
    public void File_WinsOverItsBase_AndTheLaterBaseOverTheEarlier(string lower, string upper)
    {
        _folder.Write("lower.yaml", Mmdet(lower));
        _folder.Write("upper.yaml", upper);
        Assert.Equal(SemanticsProfile.Original, Load("base: lower.yaml\n" + upper));
        Assert.Equal(SemanticsProfile.Original, Load("base: [lower.yaml, upper.yaml]\n"));
        Assert.Equal(SemanticsProfile.Mmdet, Load("base: [upper.yaml, lower.yaml]\n"));
        Assert.Equal(SemanticsProfile.Original,
            Load("base: upper.yaml\nmodel:\n  train_cfg:\n    assigner:\n      pos_iou_thr: 0.2\n"));
    }

    [Theory]
    [InlineData(Own)]
    [InlineData(Earlier)]
    public void Override_WinsOverTheFile_AndTheLaterOverTheEarlier(string yaml)
    {
        string[] keys = ["model.profile", "model.train_cfg.profile"];
        foreach (var key in keys)
        {
            Assert.Equal(SemanticsProfile.Mmdet, Load(yaml, $"{key}=mmdet"));
            foreach (var other in keys)
                Assert.Equal(SemanticsProfile.Original, Load(Mmdet(yaml), $"{other}=mmdet", $"{key}=original"));
        }
        Assert.Equal(SemanticsProfile.Mmdet, Load(yaml, "model.train_cfg={profile: mmdet}"));
    }

    [Fact]
    public void PresentPlace_WinsInsideOneFile() =>
        Assert.Equal(SemanticsProfile.Original, Load("model:\n  profile: original\n  train_cfg:\n    profile: mmdet\n"));

    [Fact]
    public void MappingThatReplacesTheInheritedOne_KeepsItsProfile()
    {
        _folder.Write("base.yaml", Mmdet(Own));
        Assert.Equal(SemanticsProfile.Original,
            Load("base: base.yaml\nmodel:\n  _delete_: true\n  train_cfg:\n    profile: original\n"));
        Assert.Equal(SemanticsProfile.Original,
            Load("base: base.yaml\nmodel:\n  train_cfg:\n    _delete_: true\n    profile: original\n"));
    }

    [Fact]
    public void WrongValue_IsReportedWhereItStands()
    {
        var path = _folder.Write("run.yaml", "seed: 1\nmodel:\n  train_cfg:\n    profile: mine\n");
        var error = Assert.Throws<ConfigException>(() => ConfigLoader.Load(path));
        Assert.StartsWith($"{path}:4: model.profile: expected one of ", error.Message, StringComparison.Ordinal);
    }
}
