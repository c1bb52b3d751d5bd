using Paa.Platform;

namespace Paa.Tests.Platform;

public sealed class RealPathTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Links_AreFollowed_InEveryPartOfAPath()
    {
        Directory.CreateDirectory(_folder["real/sub"]);
        _folder.Write("real/sub/file", "x");
        Directory.CreateSymbolicLink(_folder["folder"], "real");                        // relative
        File.CreateSymbolicLink(_folder["real/sub/link"], _folder["folder/sub/file"]);  // through another link
        var expected = RealPath.Of(_folder["real/sub/file"]);
        Assert.Equal(expected, RealPath.Of(_folder["folder/sub/file"]));
        Assert.Equal(expected, RealPath.Of(_folder["folder/sub/link"]));
        Assert.Equal(expected, RealPath.Of(_folder["folder/sub/../sub/file"]));
    }

    [Fact]
    public void PathThatDoesNotExist_StaysBelowItsRealFolder()
    {
        Directory.CreateDirectory(_folder["real"]);
        Directory.CreateSymbolicLink(_folder["folder"], _folder["real"]);
        Assert.Equal(Path.Combine(RealPath.Of(_folder["real"]), "none", "x"), RealPath.Of(_folder["folder/none/x"]));
    }

    [Fact]
    public void LinksInACircle_AreAnError()
    {
        File.CreateSymbolicLink(_folder["a"], _folder["b"]);
        File.CreateSymbolicLink(_folder["b"], _folder["a"]);
        Assert.Throws<IOException>(() => RealPath.Of(_folder["a"]));
    }
}
