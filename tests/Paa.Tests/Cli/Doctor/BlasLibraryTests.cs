using Paa.Cli.Doctor;

namespace Paa.Tests.Cli.Doctor;

public sealed class BlasLibraryTests
{
    [Theory]
    [InlineData("/usr/lib/openblas-pthread/libblas.so.3", "", "OpenBLAS, /usr/lib/openblas-pthread/libblas.so.3")]
    [InlineData("/usr/lib/libopenblas.so.0", "", "OpenBLAS, /usr/lib/libopenblas.so.0")]
    [InlineData("/opt/libmkl_rt.so.2", "", "MKL, /opt/libmkl_rt.so.2")]
    [InlineData("/usr/lib/blis-openmp/libblas.so.3", "", "BLIS, /usr/lib/blis-openmp/libblas.so.3")]
    [InlineData("/opt/torch/libtorch_cpu.so", "... BLAS_INFO=mkl, ...", "MKL, inside libtorch")]
    public void FastLibrary_IsNamed(string path, string buildInfo, string value) =>
        Assert.Equal(new Check("BLAS", value), BlasLibrary.Identify([path], buildInfo));

    [Fact]
    public void ReferenceBlas_IsAWarningWithItsFix()
    {
        const string Path = "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0";
        var check = BlasLibrary.Identify([Path], "");
        Assert.Equal(CheckLevel.Warning, check.Level);
        Assert.Equal($"reference BLAS, {Path}: about ten times slower than OpenBLAS", check.Value);
        Assert.Equal("sudo apt-get install -y libopenblas0-pthread "
            + "&& sudo update-alternatives --auto libblas.so.3-x86_64-linux-gnu", check.Fix);
    }

    [Fact]
    public void LoadedLibraries_AreReadFromTheMaps()
    {
        string[] maps =
        [
            "7f00-7f10 r-xp 00000000 08:01 12    /usr/lib/libblas.so.3",
            "7f10-7f20 r--p 00000000 08:01 12    /usr/lib/libblas.so.3",
            "7f20-7f30 rw-p 00000000 00:00 0     [heap]",
            "7f30-7f40 r--p 00000000 08:01 13    /usr/share/locale/C.mo",
        ];
        Assert.Equal(["/usr/lib/libblas.so.3"], LoadedLibraries.Parse(maps));
    }
}
