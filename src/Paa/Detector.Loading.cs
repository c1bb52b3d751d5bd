using System.Diagnostics.CodeAnalysis;
using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Detectors;
using Paa.Engines;
using Paa.Options;
using Paa.Zoo;

namespace Paa;

public sealed partial class Detector
{
    /// <summary>Reads a detector.</summary>
    /// <param name="checkpoint">A file as for <see cref="DetectorFile.Load(string, PaaConfig?)"/>, or a name of the zoo, such as
    /// <c>paa_r50_fpn_1x_coco</c>, that <see cref="DownloadAsync"/> or <c>paa zoo download</c> has fetched.</param>
    /// <param name="options">How it is computed: engine, precision, threads; null: the fastest engine there is, on all
    /// cores.</param>
    /// <param name="config">Overrides the file's own configuration.</param>
    /// <param name="detection">What calls keep that do not say so themselves; null: as configured.</param>
    /// <returns>The detector, owned by the caller.</returns>
    /// <exception cref="CheckpointException">The file is missing or damaged, or the name is not downloaded.</exception>
    /// <exception cref="ArchitectureException">The file does not contain a PAA detector.</exception>
    /// <exception cref="EngineException">No engine can compute this detector, or not in this precision.</exception>
    [RequiresUnreferencedCode(ConfigLoader.TrimmingMessage)]
    public static Detector Load(
        string checkpoint, InferenceOptions? options = null, PaaConfig? config = null, DetectionOptions? detection = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (config is not null) ConfigValidator.Validate(config, nameof(config));
        return new(DetectorFile.Load(Locate(checkpoint), config), options ?? new InferenceOptions(), detection);
    }

    /// <summary>Reads a detector from a stream, such as a resource of the program or a blob of a store.</summary>
    /// <param name="checkpoint">The content of a file as for <see cref="Load(string, InferenceOptions?, PaaConfig?,
    /// DetectionOptions?)"/>, read to its end. Borrowed. It is kept in a temporary file while the detector is used.</param>
    /// <param name="options">How it is computed.</param>
    /// <param name="config">Overrides the file's own configuration.</param>
    /// <param name="detection">What calls keep that do not say so themselves.</param>
    /// <returns>The detector, owned by the caller.</returns>
    /// <exception cref="CheckpointException">The content is damaged.</exception>
    /// <exception cref="ArchitectureException">It is not a PAA detector.</exception>
    /// <exception cref="EngineException">No engine can compute this detector, or not in this precision.</exception>
    [RequiresUnreferencedCode(ConfigLoader.TrimmingMessage)]
    public static Detector Load(
        Stream checkpoint, InferenceOptions? options = null, PaaConfig? config = null, DetectionOptions? detection = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var start = new byte[16];
        start = start[..checkpoint.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        var file = Path.Combine(Path.GetTempPath(), $"paa-{Guid.NewGuid():N}{(ExportedFile.IsOnnx(start) ? ".onnx" : ".pth")}");
        try
        {
            using (var copy = new FileStream(file, FileMode.CreateNew))
            {
                copy.Write(start);
                checkpoint.CopyTo(copy);
            }
            return Load(file, options, config, detection);
        }
        finally
        {
            File.Delete(file);                      // what is still read stays open, and goes with its last reader
        }
    }

    /// <summary>Creates a detector from one that has already been read.</summary>
    /// <param name="detector">The network with its weights. Held.</param>
    /// <param name="options">How it is computed; null: the fastest engine there is, on all cores.</param>
    /// <param name="detection">What calls keep that do not say so themselves; null: as configured.</param>
    /// <returns>The detector, owned by the caller.</returns>
    /// <exception cref="EngineException">No engine can compute this detector, or not in this precision.</exception>
    public static Detector Of(LoadedDetector detector, InferenceOptions? options = null, DetectionOptions? detection = null)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ConfigValidator.Validate(detector.Config, nameof(detector));
        return new(detector, options ?? new InferenceOptions(), detection);
    }

    /// <summary>Fetches a detector of the zoo, unless that was done before, so that <see cref="Load(string, InferenceOptions?,
    /// PaaConfig?, DetectionOptions?)"/> finds it. Files lie in <c>~/.cache/paa</c>, or in <c>PAA_HOME</c>.</summary>
    /// <param name="name">A name of <see cref="ZooCatalogue"/>, or an address.</param>
    /// <param name="progress">Receives each part as it arrives; may be null.</param>
    /// <param name="cancellation">Stops the download; the next call goes on with what has arrived.</param>
    /// <returns>Path of the file.</returns>
    /// <exception cref="DownloadException">The name is not known, or the download failed.</exception>
    public static async Task<string> DownloadAsync(
        string name, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        using var cache = WeightCache.OfUser();
        var file = cache.Find(name) ?? throw new DownloadException($"'{name}' is no detector of the zoo{Meant(name)}");
        return await cache.FetchAsync(file, progress, cancellation).ConfigureAwait(false);
    }

    /// <summary>The file that a name stands for: itself, or that of the zoo.</summary>
    static string Locate(string name)
    {
        if (File.Exists(name)) return name;
        using var cache = WeightCache.OfUser();
        if (cache.Find(name) is not { } file)
            throw new CheckpointException($"there is no such file, and no such name in the zoo{Meant(name)}", name);
        var path = cache.PathOf(file);
        return File.Exists(path) ? path : throw new CheckpointException(
            $"not downloaded yet: call Detector.DownloadAsync(\"{name}\") or run 'paa zoo download {name}' once.", name);
    }

    static string Meant(string name) =>
        NearestName.Find(name, ZooCatalogue.Models.Select(model => model.Name)) is { } nearest
            ? $", did you mean '{nearest}'?" : ".";
}
