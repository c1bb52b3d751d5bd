namespace Paa.Zoo;

/// <summary>The PAA detectors that MMDetection published (its <c>configs/paa/README.md</c>).</summary>
public static class ZooCatalogue
{
    const string Folder = "https://download.openmmlab.com/mmdetection/v2.0/paa";
    const double R50Memory = 3.7, R101Memory = 6.2;

    /// <summary>All models, in the order of MMDetection's table.</summary>
    public static IReadOnlyList<ZooModel> Models { get; } =
    [
        Model("paa_r50_fpn_1x_coco", 12, 40.4, 40.2, "20200821-936edec3"),
        Model("paa_r50_fpn_1.5x_coco", 18, 41.4, 41.2, "20200823-805d6078"),
        Model("paa_r50_fpn_2x_coco", 24, 41.6, null, "20200821-c98bfc4e"),
        Model("paa_r50_fpn_mstrain_3x_coco", 36, 43.3, null, "20210121_145722-06a6880b", "20210121_145722"),
        Model("paa_r101_fpn_1x_coco", 12, 42.6, 42.4, "20200821-0a1825a4"),
        Model("paa_r101_fpn_2x_coco", 24, 43.5, null, "20200821-6829f96b"),
        Model("paa_r101_fpn_mstrain_3x_coco", 36, 45.1, null, "20210122_084202-83250d22", "20210122_084202"),
    ];

    /// <summary>Finds a model by its name in MMDetection 2.x or 3.x; null if there is none.</summary>
    public static ZooModel? Find(string name) => Models.FirstOrDefault(model => model.Name == name || model.LaterName == name);

    static ZooModel Model(
        string name, int epochs, double ap, double? apWithoutVoting, string stamp, string? logStamp = null)
    {
        var isSmall = name.Contains("_r50_", StringComparison.Ordinal);
        return new ZooModel
        {
            Name = name,
            Backbone = isSmall ? "R-50-FPN" : "R-101-FPN",
            Epochs = epochs,
            IsMultiscale = name.Contains("_mstrain_", StringComparison.Ordinal),
            Ap = ap,
            ApWithoutVoting = apWithoutVoting,
            MemoryGb = isSmall ? R50Memory : R101Memory,
            Weights = RemoteFile.At(new Uri($"{Folder}/{name}/{name}_{stamp}.pth")),
            Log = RemoteFile.At(new Uri($"{Folder}/{name}/{name}_{logStamp ?? stamp}.log.json")) with { HashPrefix = null },
        };
    }
}

/// <summary>A detector that MMDetection published, with the AP it reports on COCO val2017.</summary>
public sealed record ZooModel
{
    /// <summary>MMDetection's name of the configuration, which is also the name of the file in <c>configs/paa</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its name since MMDetection 3.0, where that is another one: <c>ms-3x</c> for <c>mstrain_3x</c>.</summary>
    public string LaterName => Name.Replace("_mstrain_3x_", "_ms-3x_", StringComparison.Ordinal);

    /// <summary><c>R-50-FPN</c> or <c>R-101-FPN</c>.</summary>
    public required string Backbone { get; init; }

    /// <summary>Number of training epochs.</summary>
    public required int Epochs { get; init; }

    /// <summary>Whether the short side of training images was drawn from 640 to 800.</summary>
    public bool IsMultiscale { get; init; }

    /// <summary>Reported box AP in percent, with score voting.</summary>
    public required double Ap { get; init; }

    /// <summary>Reported box AP in percent without score voting; null if not reported.</summary>
    public double? ApWithoutVoting { get; init; }

    /// <summary>Reported GPU memory in training, in GB, at 2 images per GPU.</summary>
    public required double MemoryGb { get; init; }

    /// <summary>The trained weights.</summary>
    public required RemoteFile Weights { get; init; }

    /// <summary>The log of the training, in JSON lines.</summary>
    public required RemoteFile Log { get; init; }
}
