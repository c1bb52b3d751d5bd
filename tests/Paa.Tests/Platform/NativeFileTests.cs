using System.Runtime.InteropServices;
using Paa.Platform;

namespace Paa.Tests.Platform;

public sealed class NativeFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Messages_OutsideAClone_NameThePackage_AndNotBuildSh()
    {
        var file = Of(isInClone: false);
        Assert.Equal($"libx.so: the package Paa.X has it for Linux; this is {RuntimeInformation.RuntimeIdentifier}",
            Message(file, "/nowhere"));
        File.WriteAllText(_folder["libx.so"], "no library");
        var damaged = Message(file, _folder.Path);
        Assert.StartsWith($"{_folder["libx.so"]}: cannot be loaded: install y. The loader says: ", damaged);
        Assert.DoesNotContain('\n', damaged);
        File.Copy("/lib/x86_64-linux-gnu/libdl.so.2", _folder["libx.so"], overwrite: true);      // lacks the version's function
        Assert.EndsWith("has ABI version 0, this program needs 1: use packages of Paa of one version, Paa.X among them",
            Message(file, _folder.Path));
    }

    [Fact]
    public void Messages_InAClone_NameTheBuild()
    {
        Assert.Equal("libx.so: not in /nowhere: run ./build.sh build, then build the program again",
            Message(Of(isInClone: true), "/nowhere"));
        Assert.True(SourceTree.Contains(AppContext.BaseDirectory));
        Assert.False(SourceTree.Contains(Path.GetTempPath()));
    }

    static string Message(NativeFile file, string folder) => Assert.Throws<IOException>(() => file.Load([folder])).Message;

    static NativeFile Of(bool isInClone) => new("libx.so", "y", new NativePackage("Paa.X", "Linux", "install y"), 1, "version",
        (file, reason, cause) => new IOException($"{file}: {reason}", cause))
    { IsInClone = isInClone };
}
