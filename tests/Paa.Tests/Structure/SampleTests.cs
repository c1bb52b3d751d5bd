using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Paa.Tests.Models;

namespace Paa.Tests.Structure;

/// <summary>The services of <c>samples/</c> do their work on a small detector.</summary>
[Collection("Native")]
public sealed class SampleTests : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    readonly TemporaryFolder _folder = new();
    readonly CancellationTokenSource _stop = new(Patience);
    readonly string _checkpoint;

    public SampleTests()
    {
        using var weights = SmallDetector.Create();
        _checkpoint = SmallDetector.Save(weights, _folder["model.pth"], "a", "b", "c");
    }

    public void Dispose()
    {
        _stop.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task DetectApi_AnswersWithTheObjects()
    {
        using var program = Start("DetectApi", "--urls", "http://127.0.0.1:0", "--Detector:Checkpoint", _checkpoint);
        try
        {
            const string Listening = "Now listening on: ";
            var line = await LineWith(program, Listening);
            using var client = new HttpClient { BaseAddress = new Uri(line[(line.IndexOf(Listening, 0) + Listening.Length)..]) };
            Assert.Equal("Healthy", await client.GetStringAsync("/health", _stop.Token));
            Assert.Equal("""["a","b","c"]""", await client.GetStringAsync("/classes", _stop.Token));

            using var answer = await Post(client, "/detect?score=0.2", File.ReadAllBytes(AnyImage));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(_stop.Token));
            using var detector = Detector.Load(_checkpoint);
            var expected = detector.Detect(AnyImage, new() { MinScore = 0.2f });
            Assert.NotEmpty(expected);
            Assert.Equal(expected.Select(found => (found.Name, found.Score, found.Box.X1, found.Box.Width)),
                json.RootElement.EnumerateArray().Select(found => (
                    found.GetProperty("name").GetString()!, found.GetProperty("score").GetSingle(),
                    found.GetProperty("box").GetProperty("x1").GetSingle(),
                    found.GetProperty("box").GetProperty("width").GetSingle())));

            using var refused = await Post(client, "/detect", "no image"u8.ToArray());
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains("detail", await refused.Content.ReadAsStringAsync(_stop.Token));
        }
        finally
        {
            program.Kill();
        }
    }

    [Fact]
    public async Task WatchFolder_LooksAtWhatIsThereAndAtWhatComes()
    {
        Directory.CreateDirectory(_folder["camera"]);
        var name = Path.GetFileName(AnyImage);
        File.Copy(AnyImage, _folder[$"camera/first-{name}"]);
        using var program = Start("WatchFolder", "--Folder", _folder["camera"], "--Detector:Checkpoint", _checkpoint);
        try
        {
            await LineWith(program, $"first-{name}: ");
            File.Copy(AnyImage, _folder[$"camera/second-{name}"]);
            Assert.Matches(@"second-.*: [1-9]\d* objects", await LineWith(program, $"second-{name}: "));
            var lines = File.ReadAllLines(_folder["camera/found/objects.jsonl"]);
            Assert.Equal(2, lines.Length);
            Assert.Contains("\"Name\":\"", lines[1]);
            Assert.True(File.Exists(_folder[$"camera/found/second-{name}"]));
        }
        finally
        {
            program.Kill();
        }
    }

    static string AnyImage =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "data", "images"), "*.jpg").Order().First();

    static Process Start(string sample, params string[] arguments)
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "bin", sample, "release");
        return Process.Start(new ProcessStartInfo(Path.Combine(folder, sample), arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
        })!;
    }

    Task<HttpResponseMessage> Post(HttpClient client, string path, byte[] body) =>
        client.PostAsync(new Uri(path, UriKind.Relative), new ByteArrayContent(body), _stop.Token);

    async Task<string> LineWith(Process program, string text)
    {
        var seen = new List<string>();
        while (await program.StandardOutput.ReadLineAsync(_stop.Token) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal)) return line;
            seen.Add(line);
        }
        throw new InvalidOperationException($"'{text}' did not come. {string.Join("\n", seen)}");
    }
}
