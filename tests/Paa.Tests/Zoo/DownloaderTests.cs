using System.Security.Cryptography;
using Paa.Zoo;

namespace Paa.Tests.Zoo;

public sealed class DownloaderTests : IDisposable
{
    static readonly byte[] Content = MakeContent();
    static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Content))[..8];

    readonly TemporaryFolder _folder = new();

    string Target => _folder["cache/file.pth"];

    string Part => Target + ".part";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Fetch_WritesTheFileAndReportsProgress()
    {
        using var server = new FileServer(_ => FileAnswer.Ok(Content));
        var reports = new List<DownloadProgress>();
        await FetchAsync(server, progress: new Recorder(reports.Add));
        AssertWhole();
        Assert.Equal((Content.Length, Content.Length), (reports[^1].Received, reports[^1].Total));
        Assert.Equal(reports.Select(report => report.Received).Order(), reports.Select(report => report.Received));
    }

    [Fact]
    public async Task Fetch_OfAFileThatIsThere_AsksNobody()
    {
        using var server = new FileServer(_ => FileAnswer.Status("500 Broken"));
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        File.WriteAllBytes(Target, Content);
        await FetchAsync(server);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Truncated_GoesOnWhereItEnded()
    {
        using var server = new FileServer(request => request.From is null
            ? FileAnswer.Ok(Content).CutTo(1000)
            : FileAnswer.Rest(Content, request.From));
        await FetchAsync(server);
        AssertWhole();
        Assert.Equal([null, 1000], server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task AServerThatAlwaysBreaksOff_IsAskedAsLongAsItSendsSomething()
    {
        using var server = new FileServer(request =>
        {
            var rest = FileAnswer.Rest(Content, request.From);
            return rest.CutTo(Math.Min(rest.Body.Length, Content.Length / 8));
        });
        await FetchAsync(server);
        AssertWhole();
        Assert.True(server.Requests.Count >= 8);
    }

    [Fact]
    public async Task AnInterruptedDownload_IsResumedByTheNextOne()
    {
        WritePart(Content[..5000]);
        using var server = new FileServer(request => FileAnswer.Rest(Content, request.From));
        await FetchAsync(server);
        AssertWhole();
        Assert.Equal([5000], server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task APartThatIsTheWholeFile_IsKept()
    {
        WritePart(Content);
        using var server = new FileServer(request => FileAnswer.Rest(Content, request.From));
        await FetchAsync(server);
        AssertWhole();
    }

    [Fact]
    public async Task AServerThatIgnoresTheRange_SendsTheFileAnew()
    {
        WritePart(Content[..5000]);
        using var server = new FileServer(_ => FileAnswer.Ok(Content));
        await FetchAsync(server);
        AssertWhole();
    }

    [Fact]
    public async Task AServerThatContinuesElsewhere_IsAskedForTheWholeFile()
    {
        WritePart(Content[..5000]);
        using var server = new FileServer(request => FileAnswer.Rest(Content, request.From is null ? null : 100));
        await FetchAsync(server);
        AssertWhole();
        Assert.Equal([5000, null], server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task APartOfAnotherFile_IsReplaced()
    {
        WritePart(new byte[5000]);
        using var server = new FileServer(request => FileAnswer.Rest(Content, request.From));
        await FetchAsync(server);
        AssertWhole();
        Assert.Equal([5000, null], server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task APartLongerThanTheFile_IsReplaced()
    {
        WritePart(new byte[Content.Length + 1]);
        using var server = new FileServer(request => FileAnswer.Rest(Content, request.From));
        await FetchAsync(server);
        AssertWhole();
    }

    [Fact]
    public async Task Redirects_AreFollowed()
    {
        FileServer? server = null;
        using (server = new FileServer(request => request.Path == "/file.pth"
            ? FileAnswer.Redirect(server!["elsewhere.pth"].ToString())
            : FileAnswer.Ok(Content)))
        {
            await FetchAsync(server);
            AssertWhole();
        }
    }

    [Fact]
    public async Task RedirectsInACircle_End()
    {
        using var server = new FileServer(_ => FileAnswer.Redirect("/file.pth"));
        Assert.EndsWith(": the server answers 302 Found.", await ErrorAsync(server));
        AssertNothing();
    }

    [Fact]
    public async Task AStall_IsATimeoutAndTheNextAttemptGoesOn()
    {
        using var server = new FileServer(request => request.From is null
            ? FileAnswer.Ok(Content).CutTo(1000) with { Stalls = true }
            : FileAnswer.Rest(Content, request.From));
        await FetchAsync(server, stallSeconds: 0.5);
        AssertWhole();
        Assert.Equal([null, 1000], server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task AServerThatNeverAnswers_IsGivenUp()
    {
        using var server = new FileServer(_ => new FileAnswer("HTTP/1.1 200 OK\r\nContent-Length: 5", [], Stalls: true));
        Assert.EndsWith(": the server sent nothing for 0.2 seconds. Gave up after 2 attempts with 0 bytes; the same command "
            + "resumes there.", await ErrorAsync(server, stallSeconds: 0.2));
        AssertNothing();
    }

    [Fact]
    public async Task AWrongHash_IsRefusedAndTheFileDeleted()
    {
        var other = (byte[])Content.Clone();
        other[100] ^= 1;
        using var server = new FileServer(_ => FileAnswer.Ok(other));
        var message = await ErrorAsync(server);
        var found = Convert.ToHexStringLower(SHA256.HashData(other))[..8];
        Assert.Contains($": the SHA-256 begins with {found}, expected {Hash}", message);
        AssertNothing();
    }

    [Theory]
    [InlineData("404 Not Found", 1)]
    [InlineData("403 Forbidden", 1)]
    [InlineData("500 Internal Server Error", 2)]
    [InlineData("429 Too Many Requests", 2)]
    public async Task AnErrorStatus_IsNamed(string status, int attempts)
    {
        using var server = new FileServer(_ => FileAnswer.Status(status));
        Assert.Contains($"{server["file.pth"]}: the server answers {status}.", await ErrorAsync(server));
        Assert.Equal(attempts, server.Requests.Count);
        AssertNothing();
    }

    [Fact]
    public async Task AServerThatRecovers_IsAskedAgain()
    {
        var count = 0;
        using var server = new FileServer(_ =>
            Interlocked.Increment(ref count) == 1 ? FileAnswer.Status("503 Busy") : FileAnswer.Ok(Content));
        await FetchAsync(server);
        AssertWhole();
    }

    [Fact]
    public async Task ALoginPage_IsNoFile()
    {
        var page = new FileAnswer("HTTP/1.1 200 OK\r\nContent-Type: text/html", "<html>"u8.ToArray());
        using var server = new FileServer(_ => page);
        Assert.Contains("the answer is a page and not a file", await ErrorAsync(server));
        AssertNothing();
    }

    [Fact]
    public async Task NoServer_IsOneSentence()
    {
        Uri address;
        using (var server = new FileServer(_ => FileAnswer.Status("500 Broken"))) address = server["file.pth"];
        using var downloader = Impatient();
        var error = await Assert.ThrowsAsync<DownloadException>(() =>
            downloader.FetchAsync(new RemoteFile(address, "file.pth", null), Target));
        Assert.StartsWith($"{address}: Connection refused", error.Message);
    }

    [Fact]
    public async Task Stopped_KeepsWhatArrived()
    {
        using var server = new FileServer(_ => FileAnswer.Ok(Content).CutTo(1000) with { Stalls = true });
        using var stop = new CancellationTokenSource();
        using var downloader = new Downloader();
        var fetching = downloader.FetchAsync(FileOf(server), Target, new Recorder(_ => stop.Cancel()), stop.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        Assert.Equal(Content[..1000], File.ReadAllBytes(Part));
    }

    [Fact]
    public async Task ManyAtOnce_DownloadOnceAndAllHaveTheFile()
    {
        using var server = new FileServer(_ => FileAnswer.Ok(Content));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => FetchAsync(server))));
        AssertWhole();
        Assert.Single(server.Requests);
    }

    static byte[] MakeContent()
    {
        var content = new byte[300_000];
        new Random(1).NextBytes(content);
        return content;
    }

    static Downloader Impatient(double stallSeconds = 30) => new(new DownloadOptions
    {
        Attempts = 2,
        StallTimeout = TimeSpan.FromSeconds(stallSeconds),
        Pause = TimeSpan.FromMilliseconds(1),
    });

    static RemoteFile FileOf(FileServer server) => new(server["file.pth"], "file.pth", Hash);

    async Task FetchAsync(FileServer server, IProgress<DownloadProgress>? progress = null, double stallSeconds = 30)
    {
        using var downloader = new Downloader(new DownloadOptions
        {
            StallTimeout = TimeSpan.FromSeconds(stallSeconds),
            Pause = TimeSpan.FromMilliseconds(1),
        });
        await downloader.FetchAsync(FileOf(server), Target, progress);
    }

    async Task<string> ErrorAsync(FileServer server, double stallSeconds = 30)
    {
        using var downloader = Impatient(stallSeconds);
        return (await Assert.ThrowsAsync<DownloadException>(() => downloader.FetchAsync(FileOf(server), Target))).Message;
    }

    void WritePart(byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Part)!);
        File.WriteAllBytes(Part, content);
    }

    void AssertWhole()
    {
        Assert.Equal(Content, File.ReadAllBytes(Target));
        Assert.False(File.Exists(Part));
    }

    void AssertNothing() => Assert.Empty(Directory.EnumerateFiles(Path.GetDirectoryName(Target)!));

    sealed class Recorder(Action<DownloadProgress> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value);
    }
}
