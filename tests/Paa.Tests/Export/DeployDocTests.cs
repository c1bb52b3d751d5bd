using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Paa.Export;
using Paa.Options;

namespace Paa.Tests.Export;

/// <summary>The clients of docs/deploy.md, run as they are printed, find what the checkpoint finds.</summary>
public sealed partial class DeployDocTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly string[] _expected;

    public DeployDocTests()
    {
        var config = SeededDetector.Config(new BackboneOptions { Depth = 18, BaseChannels = 8 }, classes: 6);
        var loaded = SeededDetector.Create(config);
        OnnxExport.Write(loaded, _folder["detector.onnx"]);
        _folder.Write("classes.txt", string.Join('\n', loaded.Classes) + "\n");
        using var photo = SeededDetector.Picture(140, 210);
        photo.Save(_folder["photo.png"]);
        File.Move(_folder["photo.png"], _folder["photo.jpg"]);       // without loss, under the name of the text
        using var detector = Detector.Of(loaded);
        _expected = [.. detector.Detect(photo).Select(found => FormattableString.Invariant(
            $"{loaded.Classes[found.Label]}: {found.Score} at {found.Box.X1} {found.Box.Y1} {found.Box.X2} {found.Box.Y2}"))];
        Assert.NotEmpty(_expected);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("using Paa;")]
    [InlineData("using Microsoft.ML.OnnxRuntime;")]
    public void CSharp_FindsTheSame(string line) => AssertSame(RunCSharp(InFolder(Block("csharp", line))));

    [SkippableFact]
    public void Node_FindsTheSame()
    {
        Skip.If(NodeClient.Obstacle is not null, NodeClient.Obstacle);
        AssertSame(NodeClient.Run(InFolder(Block("javascript", "onnxruntime-node"))));
    }

    [SkippableFact]
    public void Python_IsPython()
    {
        const string python = "/usr/bin/python3";
        Skip.IfNot(File.Exists(python), "Python is not installed.");
        Programs.Run(python, ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], Block("python", "onnxruntime"));
    }

    [SkippableFact]
    public async Task Browser_FindsTheSame()
    {
        const string browser = "/usr/bin/chromium";
        Skip.If(NodeClient.Obstacle is not null, NodeClient.Obstacle);
        Skip.IfNot(File.Exists(browser), "Chromium is not installed.");
        var page = Block("html", "ort.wasm.min.js") + """
            <script>
              const found = document.getElementById('found');
              const send = () => fetch('/found', { method: 'POST', body: found.textContent });
              new MutationObserver(send).observe(found, { childList: true });
              addEventListener('unhandledrejection', event => { found.textContent = `error: ${event.reason}`; });
            </script>
            """;
        using var server = new FileServer(page, _folder.Path, NodeClient.Folder("onnxruntime-web"));
        using var chromium = Process.Start(new ProcessStartInfo(browser,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                $"--user-data-dir={_folder["profile"]}", server.Address,
            ])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        try
        {
            AssertSame(await server.Posted.WaitAsync(TimeSpan.FromMinutes(2)));
        }
        finally
        {
            chromium.Kill(entireProcessTree: true);
            await chromium.WaitForExitAsync();
        }
    }

    void AssertSame(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.True(lines.Length == _expected.Length, output);
        // Class by class, best first in each: some clients give them so, and some best first of all.
        foreach (var (expected, actual) in ByClass(_expected).Zip(ByClass(lines)))
        {
            Assert.Equal(expected.Name, actual.Name);
            Assert.Equal(expected.Numbers[0], actual.Numbers[0], 0.00051);           // as they are rounded
            for (var i = 1; i < expected.Numbers.Length; i++) Assert.Equal(expected.Numbers[i], actual.Numbers[i], 0.0511);
        }

        static IEnumerable<(string Name, double[] Numbers)> ByClass(string[] lines) =>
            lines.Select(Parse).OrderBy(line => line.Name, StringComparer.Ordinal);

        static (string Name, double[] Numbers) Parse(string line)
        {
            var match = Line().Match(line);
            Assert.True(match.Success, line);
            return (match.Groups[1].Value, [.. match.Groups[2].Value.Split(' ').Where(word => word != "at")
                .Select(word => double.Parse(word, CultureInfo.InvariantCulture))]);
        }
    }

    /// <summary>The fenced block of a language that has a text.</summary>
    static string Block(string language, string text) => Fence()
        .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs/deploy.md")))
        .Single(block => block.Groups[1].Value == language && block.Groups[2].Value.Contains(text, StringComparison.Ordinal))
        .Groups[2].Value;

    /// <summary>The names of files become paths.</summary>
    string InFolder(string code) => FileName().Replace(code, match => _folder[match.Value]);

    static string RunCSharp(string code)
    {
        // Lines go to a list instead of the console, which all tests share.
        const string console = """
            static class Console
            {
                static readonly System.Collections.Generic.List<string> Lines = [];
                public static void WriteLine(string line) => Lines.Add(line);
                public static string Text() => string.Join('\n', Lines);
            }
            """;
        string[] usings = ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading.Tasks"];
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create($"snippet{Guid.NewGuid():N}",
            [
                CSharpSyntaxTree.ParseText(string.Concat(usings.Select(name => $"global using {name};"))),
                CSharpSyntaxTree.ParseText(console), CSharpSyntaxTree.ParseText(code),
            ],
            references, new CSharpCompilationOptions(OutputKind.ConsoleApplication));
        using var bytes = new MemoryStream();
        var result = compilation.Emit(bytes);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        var assembly = Assembly.Load(bytes.ToArray());
        assembly.EntryPoint!.Invoke(null, [Array.Empty<string>()]);
        return (string)assembly.GetType("Console")!.GetMethod("Text")!.Invoke(null, null)!;
    }

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\b(detector\.onnx|photo\.jpg|classes\.txt)\b")]
    private static partial Regex FileName();

    [GeneratedRegex(@"^(.*): ([\d.]+ at [-\d.E ]+)$")]
    private static partial Regex Line();

    /// <summary>Serves a page with files beside it, and takes one text.</summary>
    sealed class FileServer : IDisposable
    {
        readonly HttpListener _listener = new();
        readonly TaskCompletionSource<string> _posted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        readonly (string Page, string[] Folders) _content;

        public FileServer(string page, params string[] folders)
        {
            _content = (page, folders);
            using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                Address = $"http://localhost:{((IPEndPoint)probe.LocalEndpoint).Port}/";
            }
            _listener.Prefixes.Add(Address);
            _listener.Start();
            _ = Task.Run(Serve);
        }

        public string Address { get; }

        public Task<string> Posted => _posted.Task;

        async Task Serve()
        {
            while (_listener.IsListening)
            {
                try
                {
                    await Answer(await _listener.GetContextAsync());
                }
                catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
            }
        }

        async Task Answer(HttpListenerContext context)
        {
            var name = context.Request.Url!.AbsolutePath.TrimStart('/');
            using var response = context.Response;
            if (context.Request.HttpMethod == "POST")
            {
                using var reader = new StreamReader(context.Request.InputStream);
                _posted.TrySetResult(await reader.ReadToEndAsync());
                return;
            }
            var file = _content.Folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
            if (name.Length > 0 && file is null)
            {
                response.StatusCode = 404;
                return;
            }
            response.ContentType = Path.GetExtension(name) switch
            {
                "" => "text/html",
                ".js" or ".mjs" => "text/javascript",
                ".wasm" => "application/wasm",
                ".jpg" => "image/png",
                ".txt" => "text/plain; charset=utf-8",
                _ => "application/octet-stream",
            };
            await response.OutputStream.WriteAsync(
                file is null ? System.Text.Encoding.UTF8.GetBytes(_content.Page) : await File.ReadAllBytesAsync(file));
        }

        public void Dispose() => _listener.Close();
    }
}
