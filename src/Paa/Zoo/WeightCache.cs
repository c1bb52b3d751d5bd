using System.Security.Cryptography;
using System.Text;

namespace Paa.Zoo;

/// <summary>Finds weights by name (zoo, ImageNet backbones or an address) and downloads each once into a folder.</summary>
public sealed class WeightCache : IDisposable
{
    const int DigestLength = 12;

    readonly string _folder;
    readonly Uri? _mirror;
    readonly Downloader _downloader;

    /// <summary>Creates a cache in a folder.</summary>
    /// <param name="folder">The folder; created with the first download.</param>
    /// <param name="mirror">
    /// A folder on a server that holds the files of the catalogues by name; null for the original addresses.
    /// </param>
    /// <param name="options">Attempts and timeouts; null for the defaults.</param>
    public WeightCache(string folder, Uri? mirror = null, DownloadOptions? options = null)
    {
        _folder = folder;
        _mirror = mirror;
        _downloader = new Downloader(options);
    }

    /// <summary>
    /// The cache of the current user, in <c>PAA_HOME</c> or else <c>~/.cache/paa</c>. It uses the mirror <c>PAA_ZOO_URL</c> if
    /// that is set.
    /// </summary>
    /// <exception cref="DownloadException"><c>PAA_ZOO_URL</c> is not a valid address.</exception>
    public static WeightCache OfUser()
    {
        var home = Environment.GetEnvironmentVariable("PAA_HOME");
        if (string.IsNullOrEmpty(home))
        {
            // Empty where HOME is missing or no folder; a path made of it would lead into the current folder.
            var profile = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            home = profile.Length > 0 ? Path.Combine(profile, ".cache", "paa") : "";
        }
        return new WeightCache(home, Mirror(Environment.GetEnvironmentVariable("PAA_ZOO_URL")));
    }

    /// <summary>The folder of the files.</summary>
    /// <exception cref="DownloadException">The user has no home folder, and <c>PAA_HOME</c> is not set.</exception>
    public string Folder => _folder.Length > 0 ? Path.Combine(_folder, "checkpoints") : throw new DownloadException(
        "there is no place for downloads: HOME names no folder; set PAA_HOME to one.");

    /// <summary>Finds the file for a name: that of a zoo model, <c>torchvision://resnet50</c> or an address.</summary>
    /// <returns>The file; null if the name is none of these: a local path, or a package of NuGet.</returns>
    /// <exception cref="DownloadException">The name has such a form but is unknown.</exception>
    public RemoteFile? Find(string name)
    {
        if (name == PackagedResNet18.Name) return null;
        if (ZooCatalogue.Find(name) is { } model) return FromMirror(model.Weights);
        if (BackboneCatalogue.Find(name) is { } backbone) return FromMirror(backbone);
        var scheme = name.IndexOf("://", StringComparison.Ordinal);
        if (scheme <= 0) return null;
        if (name[..scheme] is "http" or "https" && Uri.TryCreate(name, UriKind.Absolute, out var address)) return At(address);
        throw new DownloadException($"'{name}' is not known; expected http://, https://, or one of "
            + $"{string.Join(", ", [.. BackboneCatalogue.Names, PackagedResNet18.Name])}.");
    }

    /// <summary>The path of a file in the cache, whether or not it exists.</summary>
    public string PathOf(RemoteFile file) => Path.Combine(Folder, file.Name);

    /// <summary>The local path of the weights with a name; downloads them unless they are in the cache.</summary>
    /// <param name="name">A name as for <see cref="Find"/>, <c>nuget://resnet18</c>, whose package NuGet keeps, or a local path,
    /// which is returned unchanged.</param>
    /// <param name="progress">Receives each part as it arrives; may be null.</param>
    /// <param name="stop">Cancels a download.</param>
    /// <exception cref="DownloadException">The name is unknown, or the download failed.</exception>
    public string Resolve(string name, IProgress<DownloadProgress>? progress = null, CancellationToken stop = default) =>
        name == PackagedResNet18.Name ? PackagedResNet18.Locate(stop)
        : File.Exists(name) || Find(name) is not { } file ? name : Fetch(file, progress, stop);

    /// <summary>The local path of a file; downloads it unless it is in the cache.</summary>
    /// <param name="file">The file and its address.</param>
    /// <param name="progress">Receives each part as it arrives; may be null.</param>
    /// <param name="stop">Cancels a download.</param>
    /// <exception cref="DownloadException">The download failed.</exception>
    public string Fetch(RemoteFile file, IProgress<DownloadProgress>? progress = null, CancellationToken stop = default)
    {
        var path = PathOf(file);
        if (!File.Exists(path)) _downloader.FetchAsync(file, path, progress, stop).GetAwaiter().GetResult();
        return path;
    }

    /// <summary>The same, without holding a thread.</summary>
    /// <param name="file">The file and its address.</param>
    /// <param name="progress">Receives each part as it arrives; may be null.</param>
    /// <param name="stop">Cancels the download; the next one goes on with what has arrived.</param>
    /// <exception cref="DownloadException">The download failed.</exception>
    public async Task<string> FetchAsync(
        RemoteFile file, IProgress<DownloadProgress>? progress = null, CancellationToken stop = default)
    {
        var path = PathOf(file);
        if (!File.Exists(path)) await _downloader.FetchAsync(file, path, progress, stop).ConfigureAwait(false);
        return path;
    }

    /// <summary>A file of a catalogue, at its address on the mirror if there is one.</summary>
    public RemoteFile FromMirror(RemoteFile file) =>
        _mirror is null ? file : file with { Address = new Uri(_mirror, Uri.EscapeDataString(file.Name)) };

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _downloader.Dispose();

    /// <summary>
    /// A file at an address. Files of equal name at different addresses, such as <c>latest.pth</c>, get different names.
    /// </summary>
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
