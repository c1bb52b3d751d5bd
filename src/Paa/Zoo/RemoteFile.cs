namespace Paa.Zoo;

/// <summary>A file to download.</summary>
/// <param name="Address">Where it is published.</param>
/// <param name="Name">Its name in the cache.</param>
/// <param name="HashPrefix">The beginning of its SHA-256 in lower-case hex digits; null where none is known.</param>
public sealed record RemoteFile(Uri Address, string Name, string? HashPrefix)
{
    const int HashDigits = 8;

    /// <summary>A file whose name may end in the beginning of its hash, as PyTorch and MMDetection name theirs:
    /// <c>resnet50-0676ba61.pth</c>. Eight decimal digits are a date and no hash.</summary>
    /// <exception cref="DownloadException">The address ends in a folder.</exception>
    public static RemoteFile At(Uri address)
    {
        var name = Path.GetFileName(Uri.UnescapeDataString(address.Segments[^1]));
        if (name is "" or "." or "..") throw new DownloadException($"{address}: names no file.");
        var stem = Path.GetFileNameWithoutExtension(name);
        var digits = stem[(stem.LastIndexOf('-') + 1)..];
        var isHash = digits.Length == HashDigits && digits.Length < stem.Length
            && digits.All(char.IsAsciiHexDigitLower) && !digits.All(char.IsAsciiDigit);
        return new RemoteFile(address, name, isHash ? digits : null);
    }
}
