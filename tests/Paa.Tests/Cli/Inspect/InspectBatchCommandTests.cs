namespace Paa.Tests.Cli.Inspect;

[Collection("Native")]
public class InspectBatchCommandTests
{
    static readonly string Config = Path.Combine(Repository.Root, "configs", "synth", "paa_r18_synth.yaml");

    [Fact]
    public void Batch_ListsTrialsAndAdvises()
    {
        var run = Terminal.Run("inspect", "batch", Config, "--max", "2", "--memory", "1000", "--threads", "1");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.EndsWith("limit 1000.0 GB", lines[0]);
        Assert.Equal(["1", "2"], lines[2..4].Select(line => line.TrimStart().Split(' ')[0]));
        Assert.Matches(@"^Up to \d+ images fit: --set data\.samples_per_gpu=\d+", lines[4]);
    }

    [Fact]
    public void Batch_ThatDoesNotFit_SaysWhatHelps() => Assert.Contains(
        "Not even one image fits. Set model.backbone.with_cp=true",
        Terminal.Run("inspect", "batch", Config, "--max", "1", "--memory", "0.001", "--threads", "1").Output);

    [Theory]
    [InlineData("--memory: expected gigabytes above 0, got -1.", "--memory", "-1")]
    [InlineData("--max: expected at least 1, got 0.", "--max", "0")]
    public void WrongNumbers_AreWrongUsage(string line, params string[] arguments) =>
        Terminal.Run(["inspect", "batch", Config, .. arguments]).AssertFails(2, $"paa inspect batch: {line}");
}
