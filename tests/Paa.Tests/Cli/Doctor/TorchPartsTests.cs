using Paa.Cli.Doctor;
using Paa.Torch;
using Paa.Torch.Distributed;

namespace Paa.Tests.Cli.Doctor;

public sealed class TorchPartsTests
{
    [Theory]
    [InlineData("  - Intel(R) MKL-DNN v2.6.0 (Git Hash 52b5)", true, "2.6.0, training uses its Winograd kernels")]
    [InlineData("  - Intel(R) oneDNN v3.7.2 (Git Hash N/A)", false,
        "3.7.2, inside libtorch, which chooses the kernels of training")]
    public void OneDnn_IsNamedWithWhoTrainsOnIt(string buildInfo, bool trainsOnIt, string value) =>
        Assert.Equal(new Check("oneDNN", value), TorchParts.OneDnn(buildInfo, trainsOnIt));

    [Fact]
    public void LibtorchWithoutOneDnn_IsAWarning() =>
        Assert.Equal(CheckLevel.Warning, TorchParts.OneDnn("OpenMP 201511", trainsOnIt: false).Level);

    [Theory]
    [InlineData(null, 0, "not in this libtorch: --device cpu only")]
    [InlineData("12.4", 0, "12.4, but no device that it can use: --device cpu only")]
    [InlineData("12.4", 1, "12.4, 1 device")]
    [InlineData("12.4", 8, "12.4, 8 devices")]
    public void Cuda_IsNamedWithItsDevices(string? version, int deviceCount, string value) =>
        Assert.Equal(new Check("CUDA", value), TorchParts.Cuda(version, deviceCount));

    [Theory]
    [InlineData(true, null, false, "Gloo; no NCCL: this libtorch has no CUDA")]
    [InlineData(true, "2.22.3", true, "Gloo; NCCL 2.22.3")]
    public void Backends_AreNamed(bool hasGloo, string? ncclVersion, bool hasCuda, string value) =>
        Assert.Equal(new Check("distributed", value), TorchParts.Distributed(hasGloo, ncclVersion, hasCuda));

    [Theory]
    [InlineData(false, null, false, "")]
    [InlineData(false, "2.22.3", true, "")]
    [InlineData(true, null, true, "sudo apt-get install -y libnccl-dev && ")]
    [InlineData(false, null, true, "sudo apt-get install -y libnccl-dev && ")]
    public void MissingBackend_IsAWarningWithItsFix(bool hasGloo, string? ncclVersion, bool hasCuda, string first)
    {
        var check = TorchParts.Distributed(hasGloo, ncclVersion, hasCuda);
        Assert.Equal(CheckLevel.Warning, check.Level);
        Assert.Equal($"{first}./build.sh clean && ./build.sh build", check.Fix);
    }

    [Fact]
    public void Examination_SaysWhatTheLibraryItselfSays()
    {
        var checks = Examination.Run().ToDictionary(check => check.Name, check => check.Value);
        Assert.Contains(Backends.Has(Backend.Gloo) ? "Gloo;" : "no Gloo", checks["distributed"]);
        Assert.Contains(Backends.NcclVersion ?? "no NCCL", checks["distributed"]);
        Assert.Equal(Backends.NcclVersion is not null, Backends.Has(Backend.Nccl));
        Assert.Contains(TorchRuntime.CudaVersion ?? "not in this libtorch", checks["CUDA"]);
        Assert.Matches(@"^\d+\.\d+\.\d+, ", checks["oneDNN"]);
        Assert.Equal(TorchRuntime.TrainsOnOneDnn, checks["oneDNN"].Contains("Winograd", StringComparison.Ordinal));
    }
}
