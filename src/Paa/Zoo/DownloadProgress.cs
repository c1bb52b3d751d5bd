namespace Paa.Zoo;

/// <summary>How far a download is.</summary>
/// <param name="File">What is downloaded.</param>
/// <param name="Received">Bytes on the disk, those of an earlier attempt included.</param>
/// <param name="Total">Bytes of the whole file; null where the server does not say.</param>
public readonly record struct DownloadProgress(RemoteFile File, long Received, long? Total);
