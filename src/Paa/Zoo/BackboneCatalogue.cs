namespace Paa.Zoo;

/// <summary>ImageNet weights of backbones, by the names that MMDetection's configurations use.</summary>
/// <remarks>
/// <c>torchvision://</c>: the IMAGENET1K_V1 weights of torchvision (<c>torchvision/models/resnet.py</c>), with which MMDetection
/// trained; torchvision saved them again in 2021 with equal values under new hashes. <c>open-mmlab://</c>: mmcv's
/// <c>model_zoo/open_mmlab.json</c>; no document says that the digits in these names are hashes, so they are not checked.
/// </remarks>
static class BackboneCatalogue
{
    const string Torchvision = "https://download.pytorch.org/models";
    const string OpenMmlab = "https://download.openmmlab.com/pretrain/third_party";

    static readonly Dictionary<string, string> Addresses = new(StringComparer.Ordinal)
    {
        ["torchvision://resnet18"] = $"{Torchvision}/resnet18-f37072fd.pth",
        ["torchvision://resnet34"] = $"{Torchvision}/resnet34-b627a593.pth",
        ["torchvision://resnet50"] = $"{Torchvision}/resnet50-0676ba61.pth",
        ["torchvision://resnet101"] = $"{Torchvision}/resnet101-63fe2227.pth",
        ["torchvision://resnet152"] = $"{Torchvision}/resnet152-394f9c45.pth",
        ["torchvision://resnext50_32x4d"] = $"{Torchvision}/resnext50_32x4d-7cdf4587.pth",
        ["torchvision://resnext101_32x8d"] = $"{Torchvision}/resnext101_32x8d-8ba56ff5.pth",
        ["torchvision://resnext101_64x4d"] = $"{Torchvision}/resnext101_64x4d-173b62eb.pth",
        ["open-mmlab://resnext101_32x4d"] = $"{OpenMmlab}/resnext101_32x4d-a5af3160.pth",
        ["open-mmlab://resnext101_64x4d"] = $"{OpenMmlab}/resnext101_64x4d-ee2c6f71.pth",
    };

    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> Names => Addresses.Keys;

    /// <summary>Finds the file of a name such as <c>torchvision://resnet50</c>; null if there is none.</summary>
    public static RemoteFile? Find(string name)
    {
        if (!Addresses.TryGetValue(name, out var address)) return null;
        var file = RemoteFile.At(new Uri(address));
        return address.StartsWith(Torchvision, StringComparison.Ordinal) ? file : file with { HashPrefix = null };
    }
}
