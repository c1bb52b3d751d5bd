using System.Security.Cryptography;
using System.Text;

namespace Paa.Zoo;

/// <summary>Weights by name: of the zoo, of ImageNet backbones, or at an address; downloaded once into a folder.</summary>
public sealed class WeightCache : IDisposable
{
    const int DigestLength = 12;

    readonly Uri? _mirror;
    readonly Downloader _downloader;

    /// <summary>A cache in a folder.</summary>
    /// <param name="folder">Made when the first file comes.</param>
    /// <param name="mirror">A folder on a server that has the files of the catalogues by their names; null: where they were
    /// published.</param>
    /// <param name="options">Patience of downloads; null: the defaults.</param>
    public WeightCache(string folder, Uri? mirror = null, DownloadOptions? options = null)
    {
        Folder = Path.Combine(folder, "checkpoints");
        _mirror = mirror;
        _downloader = new Downloader(options);
    }

    /// <summary>The cache of this user: in <c>PAA_HOME</c>, or else <c>~/.cache/paa</c>; from the mirror <c>PAA_ZOO_URL</c> if it
    /// is set.</summary>
    /// <exception cref="DownloadException"><c>PAA_ZOO_URL</c> is no address.</exception>
    public static WeightCache OfUser()
    {
        var home = Environment.GetEnvironmentVariable("PAA_HOME");
        if (string.IsNullOrEmpty(home))
            home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "paa");
        return new WeightCache(home, Mirror(Environment.GetEnvironmentVariable("PAA_ZOO_URL")));
    }

    /// <summary>Where the files lie.</summary>
    public string Folder { get; }

    /// <summary>The file that a name stands for: a name of the zoo, <c>torchvision://resnet50</c> or an address.</summary>
    /// <returns>Null if the name is none of these and so the path of a file.</returns>
    /// <exception cref="DownloadException">The name begins like one of these, and is none.</exception>
    public RemoteFile? Find(string name)
    {
        if (ZooCatalogue.Find(name) is { } model) return FromMirror(model.Weights);
        if (BackboneCatalogue.Find(name) is { } backbone) return FromMirror(backbone);
        var scheme = name.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0) return null;
        if (name[..scheme] is "http" or "https" && Uri.TryCreate(name, UriKind.Absolute, out var address)) return At(address);
        throw new DownloadException($"'{name}' is not known; expected http://, https://, or one of "
            + $"{string.Join(", ", BackboneCatalogue.Names)}.");
    }

    /// <summary>Where a file lies in the cache, or will lie.</summary>
    public string PathOf(RemoteFile file) => Path.Combine(Folder, file.Name);

    /// <summary>The path of the weights that a name stands for; downloads them unless they are there.</summary>
    /// <param name="name">As for <see cref="Find"/>, or the path of a file, which comes back as it is.</param>
    /// <param name="progress">Is told of each part that arrives; may be null.</param>
    /// <param name="stop">Ends a download.</param>
    /// <exception cref="DownloadException">The name is not known, or the file cannot be had.</exception>
    public string Resolve(string name, IProgress<DownloadProgress>? progress = null, CancellationToken stop = default) =>
        File.Exists(name) || Find(name) is not { } file ? name : Fetch(file, progress, stop);

    /// <summary>The path of a file; downloads it unless it is there.</summary>
    /// <param name="file">What to download.</param>
    /// <param name="progress">Is told of each part that arrives; may be null.</param>
    /// <param name="stop">Ends a download.</param>
    /// <exception cref="DownloadException">The file cannot be had.</exception>
    public string Fetch(RemoteFile file, IProgress<DownloadProgress>? progress = null, CancellationToken stop = default)
    {
        var path = PathOf(file);
        if (!File.Exists(path)) _downloader.FetchAsync(file, path, progress, stop).GetAwaiter().GetResult();
        return path;
    }

    /// <summary>A file of a catalogue, at its place on the mirror if there is one.</summary>
    public RemoteFile FromMirror(RemoteFile file) =>
        _mirror is null ? file : file with { Address = new Uri(_mirror, Uri.EscapeDataString(file.Name)) };

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _downloader.Dispose();

    /// <summary>Files of equal names from several places, such as <c>latest.pth</c>, get different names here.</summary>
    static RemoteFile At(Uri address)
    {
        var file = RemoteFile.At(address);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address.AbsoluteUri)))[..DigestLength];
        return file with { Name = $"{digest}-{file.Name}" };
    }

    static Uri? Mirror(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        return Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new DownloadException($"PAA_ZOO_URL: expected an address such as https://mirror.example/paa, got '{text}'.");
    }
}
