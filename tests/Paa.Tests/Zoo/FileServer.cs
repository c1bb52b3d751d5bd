using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Paa.Tests.Zoo;

/// <summary>A request as the server read it.</summary>
/// <param name="Path">Such as <c>/file.pth</c>.</param>
/// <param name="From">First byte that was asked for; null for the whole file.</param>
sealed record FileRequest(string Path, long? From);

/// <summary>An answer, right or wrong.</summary>
/// <param name="Head">Status line and header lines without the empty line.</param>
/// <param name="Body">What follows them, whatever the header says.</param>
/// <param name="Stalls">Keeps the connection open and silent after the body.</param>
sealed record FileAnswer(string Head, byte[] Body, bool Stalls = false)
{
    /// <summary>The whole file.</summary>
    public static FileAnswer Ok(byte[] content) => new($"HTTP/1.1 200 OK\r\nContent-Length: {content.Length}", content);

    /// <summary>The file from a byte on, as a server that continues files answers.</summary>
    public static FileAnswer Rest(byte[] content, long? from) => from switch
    {
        null => Ok(content),
        _ when from < content.Length => new FileAnswer(
            $"HTTP/1.1 206 Partial Content\r\nContent-Length: {content.Length - from}\r\n"
            + $"Content-Range: bytes {from}-{content.Length - 1}/{content.Length}", content[(int)from..]),
        _ => new FileAnswer(
            $"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\nContent-Range: bytes */{content.Length}", []),
    };

    /// <summary>A status without content.</summary>
    public static FileAnswer Status(string status) => new($"HTTP/1.1 {status}\r\nContent-Length: 0", []);

    /// <summary>Somewhere else.</summary>
    public static FileAnswer Redirect(string location) =>
        new($"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {location}", []);

    /// <summary>This answer, broken off after some bytes of its body.</summary>
    public FileAnswer CutTo(int length) => this with { Body = Body[..length] };
}

/// <summary>An HTTP server on this machine that answers as a test says, one request per connection.</summary>
sealed class FileServer : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Func<FileRequest, FileAnswer> _answer;
    readonly Task _accepting;

    public FileServer(Func<FileRequest, FileAnswer> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Every request so far, in order.</summary>
    public ConcurrentQueue<FileRequest> Requests { get; } = [];

    public Uri this[string path] => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/{path}");

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _accepting.GetAwaiter().GetResult();
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            var request = await ReadAsync(stream);
            Requests.Enqueue(request);
            var answer = _answer(request);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{answer.Head}\r\nConnection: close\r\n\r\n"), _stop.Token);
            await stream.WriteAsync(answer.Body, _stop.Token);
            if (answer.Stalls) await Task.Delay(Timeout.Infinite, _stop.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // The test is over, or the client had enough.
        }
    }

    async Task<FileRequest> ReadAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        var path = (await reader.ReadLineAsync(_stop.Token))!.Split(' ')[1];
        long? from = null;
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } line)
            if (line.StartsWith("Range: bytes=", StringComparison.Ordinal)) from = long.Parse(line["Range: bytes=".Length..^1]);
        return new FileRequest(path, from);
    }
}
