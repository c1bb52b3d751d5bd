using Paa.Imaging;
using Paa.Imaging.Internals;

namespace Paa.Tests.Imaging;

public class SkiaLibraryTests
{
    [Fact]
    public void MissingLibrary_IsNamed_WithThePackageThatHasIt()
    {
        var cause = new TypeInitializationException("SkiaSharp.SkiaApi", new DllNotFoundException("no libSkiaSharp\nsearched"));
        var error = Assert.Throws<ImageException>(() => SkiaLibrary.Load(() => throw cause));
        Assert.Equal("libSkiaSharp: cannot be loaded: no libSkiaSharp; the program must be published with the "
            + "SkiaSharp.NativeAssets package of its system (Linux.NoDependencies, Win32 or macOS).", error.Message);
        Assert.Same(cause, error.InnerException);
    }

    [Fact]
    public void Versions_NameTheLibraries() =>
        Assert.Matches(@"^SkiaSharp 4\.\d+\.\d+, libSkiaSharp \d+\.\d+, LibTiff\.NET 2\.\d+", ImagingRuntime.Versions);
}
