using System.Net;

namespace Paa.Zoo;

/// <summary>Downloads files over HTTP: resumes an earlier attempt, checks the hash, renames the file at the end.</summary>
/// <remarks>Downloads of the same file, in one process or several, wait for each other and share the result.</remarks>
sealed class Downloader : IDisposable
{
    const int BufferSize = 1 << 17;
    const int MaxRedirections = 10;

    readonly DownloadOptions _options;
    readonly HttpClient _client;

    /// <summary>Creates a downloader; no connection is opened yet.</summary>
    /// <param name="options">Attempts and timeouts; null for the defaults.</param>
    public Downloader(DownloadOptions? options = null)
    {
        _options = options ?? new DownloadOptions();
        var handler = new SocketsHttpHandler
        {
            MaxAutomaticRedirections = MaxRedirections,
            ConnectTimeout = _options.StallTimeout,
        };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("paa");
    }

    /// <summary>Downloads a file unless it already exists.</summary>
    /// <param name="file">The file and its address.</param>
    /// <param name="target">
    /// The target path; its folder is created. An incomplete download lies beside it as <c>NAME.part</c>.
    /// </param>
    /// <param name="progress">Receives each part as it arrives; may be null.</param>
    /// <param name="stop">Ends the download with an <see cref="OperationCanceledException"/>; the next call resumes it.</param>
    /// <exception cref="DownloadException">The server does not send the file, or sends a different one.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public async Task FetchAsync(
        RemoteFile file, string target, IProgress<DownloadProgress>? progress = null, CancellationToken stop = default)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
        using var part = await PartFile.OpenAsync(target, stop).ConfigureAwait(false);
        if (part is null) return;
        try
        {
            var isResumed = part.Length > 0;
            await ReceiveAsync(file, part, progress, stop).ConfigureAwait(false);
            if (isResumed && Mismatch(file, part) is not null)
            {
                part.Clear();                                   // the old beginning belongs to another file
                await ReceiveAsync(file, part, progress, stop).ConfigureAwait(false);
            }
            if (Mismatch(file, part) is { } hash)
            {
                part.Clear();
                throw new DownloadException($"{file.Address}: the SHA-256 begins with {hash}, expected {file.HashPrefix}: the "
                    + "file was changed on its way or on the server. It was deleted; try again, or another mirror.");
            }
            part.Complete();
        }
        finally
        {
            if (part.Length == 0) part.Delete();
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _client.Dispose();

    /// <summary>Receives the rest of a file, with new attempts as long as some of them make progress.</summary>
    async Task ReceiveAsync(RemoteFile file, PartFile part, IProgress<DownloadProgress>? progress, CancellationToken stop)
    {
        for (var failures = 0; ;)
        {
            var before = part.Length;
            try
            {
                await AttemptAsync(file, part, progress, stop).ConfigureAwait(false);
                return;
            }
            catch (Exception error) when (error is HttpRequestException or TimeoutException)
            {
                failures = part.Length > before ? 1 : failures + 1;
                if (failures >= _options.Attempts)
                    throw new DownloadException($"{file.Address}: {error.Message.TrimEnd('.')}. Gave up after {failures} "
                        + $"attempts with {part.Length} bytes; the same command resumes there.", error);
            }
            await Task.Delay(_options.Pause * (1 << Math.Min(failures - 1, 5)), stop).ConfigureAwait(false);
        }
    }

    async Task AttemptAsync(RemoteFile file, PartFile part, IProgress<DownloadProgress>? progress, CancellationToken stop)
    {
        using var stall = new StallTimer(_options.StallTimeout, stop);
        using var request = new HttpRequestMessage(HttpMethod.Get, file.Address);
        if (part.Length > 0) request.Headers.Range = new(part.Length, null);
        using var response = await stall.Run(token =>
            _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token)).ConfigureAwait(false);
        if (!IsRest(file, part, response)) return;

        var total = part.Length + response.Content.Headers.ContentLength;
        using var body = await stall.Run(response.Content.ReadAsStreamAsync).ConfigureAwait(false);
        var buffer = new byte[BufferSize];
        while (await stall.Run(token => body.ReadAsync(buffer, token).AsTask()).ConfigureAwait(false) is > 0 and var count)
        {
            await part.AppendAsync(buffer.AsMemory(0, count), stop).ConfigureAwait(false);
            progress?.Report(new DownloadProgress(file, part.Length, total));
        }
    }

    /// <summary>Whether the body of a response continues the part; false if nothing is missing.</summary>
    static bool IsRest(RemoteFile file, PartFile part, HttpResponseMessage response)
    {
        var range = response.Content.Headers.ContentRange;
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK when response.Content.Headers.ContentType?.MediaType == "text/html":
                throw new DownloadException($"{file.Address}: the answer is a page and not a file; "
                    + "does this network want you to log in?");
            case HttpStatusCode.OK:
                part.Clear();                                   // the server cannot resume
                return true;
            case HttpStatusCode.PartialContent when range?.From == part.Length:
                return true;
            case HttpStatusCode.RequestedRangeNotSatisfiable when range?.Length == part.Length:
                return false;
            case HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable when part.Length > 0:
                part.Clear();
                throw new HttpRequestException("the server resumes at another position than requested.");
        }
        var answer = $"the server answers {(int)response.StatusCode} {response.ReasonPhrase}.";
        if (response.StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests
            or HttpStatusCode.RequestTimeout) throw new HttpRequestException(answer);
        throw new DownloadException($"{file.Address}: {answer}");
    }

    /// <summary>Checks the hash of a part: null if it is right, otherwise the beginning of the actual hash.</summary>
    static string? Mismatch(RemoteFile file, PartFile part)
    {
        if (file.HashPrefix is not { } expected) return null;
        var hash = part.Hash();
        return hash.StartsWith(expected, StringComparison.Ordinal) ? null : hash[..expected.Length];
    }
}

/// <summary>A file to download.</summary>
/// <param name="Address">Where it is published.</param>
/// <param name="Name">Its name in the cache.</param>
/// <param name="HashPrefix">The beginning of its SHA-256 in lower-case hex digits; null if none is known.</param>
public sealed record RemoteFile(Uri Address, string Name, string? HashPrefix)
{
    const int HashDigits = 8;

    /// <summary>
    /// The file at an address. Its name may end with the beginning of its hash, as in PyTorch and MMDetection:
    /// <c>resnet50-0676ba61.pth</c>. Eight decimal digits are a date, not a hash.
    /// </summary>
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

/// <summary>Attempts and timeouts of a download.</summary>
public sealed record DownloadOptions
{
    /// <summary>Number of attempts in a row without progress before the download fails; progress resets the count.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>A server that sends nothing for this long has stalled.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Pause before the second attempt; it doubles with every attempt.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>Progress of a download.</summary>
/// <param name="File">The file being downloaded.</param>
/// <param name="Received">Bytes on the disk, including those of an earlier attempt.</param>
/// <param name="Total">Size of the whole file in bytes; null if the server does not say.</param>
public readonly record struct DownloadProgress(RemoteFile File, long Received, long? Total);

/// <summary>A failed download. The message names the file, the reason and a remedy.</summary>
/// <param name="message">One or two sentences.</param>
/// <param name="inner">The cause, if there is one.</param>
public sealed class DownloadException(string message, Exception? inner = null) : Exception(message, inner);
