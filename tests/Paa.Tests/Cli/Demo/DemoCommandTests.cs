namespace Paa.Tests.Cli.Demo;

[Collection("Native")]
public sealed class DemoCommandTests
{
    /// <summary>Two iterations instead of all: everything but what it learns.</summary>
    [Fact]
    public void Demo_MakesTrainsEvaluatesDrawsAndReports()
    {
        using var folder = new TemporaryFolder();
        var run = Terminal.Run("demo", "--out", folder.Path, "--set", "runner.max_iters=2", "evaluation.interval=2");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains(" Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = ", run.Output);
        var files = run.Output.TrimEnd().Split('\n')[^6..^1].Select(line => line[12..]).ToArray();
        Assert.All(files, file => Assert.True(Path.Exists(file), file));

        var report = File.ReadAllText(folder["report.html"]);
        Assert.Contains("<svg ", report);
        Assert.Contains("<td>circle</td>", report);
        Assert.Contains("src=\"data:image/jpeg;base64,/9j/", report);
        Assert.DoesNotContain("http", report.Replace("http://www.w3.org", ""));
    }
}
