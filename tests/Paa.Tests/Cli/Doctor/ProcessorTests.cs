using Paa.Cli.Doctor;

namespace Paa.Tests.Cli.Doctor;

public sealed class ProcessorTests
{
    [Fact]
    public void Parse_NamesModelAndVectorExtensions()
    {
        var processor = Processor.Parse(
            ["processor\t: 0", "model name\t: A CPU", "flags\t\t: fpu avx2 fma avx512f avx512_vnni", "model name\t: x"]);
        Assert.Equal("A CPU", processor.Model);
        Assert.Equal(["AVX2", "FMA", "AVX-512", "VNNI"], processor.Features);
        Assert.Equal(CheckLevel.Ok, processor.ToCheck().Level);
    }

    [Fact]
    public void ProcessorWithoutAvx2_IsAWarning() =>
        Assert.Equal(CheckLevel.Warning, Processor.Parse(["model name : Old", "flags : sse2"]).ToCheck().Level);
}
