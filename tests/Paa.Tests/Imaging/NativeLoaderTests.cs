using Paa.Imaging;
using Paa.Imaging.Internals;

namespace Paa.Tests.Imaging;

public class NativeLoaderTests
{
    [Fact]
    public void Load_NamesTheFoldersItSearched()
    {
        var error = Assert.Throws<ImageException>(() => NativeLoader.Load(["/nowhere", "/neither"]));
        Assert.Equal("libpaa_image.so: not in /nowhere or /neither: run ./build.sh build, then build the program again.",
            error.Message);
    }

    [Fact]
    public void Load_NamesAFileThatIsNoLibrary()
    {
        var folder = Directory.CreateTempSubdirectory("paa").FullName;
        File.WriteAllText(Path.Combine(folder, NativeLoader.FileName), "no library");
        var error = Assert.Throws<ImageException>(() => NativeLoader.Load([folder]));
        Assert.Equal(Path.Combine(folder, NativeLoader.FileName), error.File);
        Assert.StartsWith("cannot be loaded", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Versions_NameBothLibraries() =>
        Assert.Matches(@"^OpenCV 4\.\d+\.\d+.*, libjpeg-turbo \d", ImagingRuntime.Versions);
}
