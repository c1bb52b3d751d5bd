using System.Text.Json;
using Paa.Configuration;
using Paa.Tests.Zoo;
using Paa.Zoo;

namespace Paa.Tests.Cli.Zoo;

/// <summary>The zoo and every place that takes its names, with a cache in a folder of the test.</summary>
[Collection("Native")]
public sealed class ZooCommandTests : IClassFixture<TrainedDetector>, IDisposable
{
    const string Name = "paa_r50_fpn_1x_coco";

    readonly TrainedDetector _detector;
    readonly TemporaryFolder _folder = new();
    readonly EnvironmentVariables _variables = new();

    public ZooCommandTests(TrainedDetector detector)
    {
        _detector = detector;
        _variables.With("PAA_HOME", _folder.Path).With("PAA_ZOO_URL", null);
    }

    public void Dispose()
    {
        _variables.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void List_PrintsMmdetectionsTable()
    {
        Cache(ZooCatalogue.Find(Name)!.Weights);
        Assert.Equal("""
            name                           backbone          schedule    AP  AP without voting  memory GB  downloaded
            ----------------------------  ---------  ----------------  ----  -----------------  ---------  ----------
            paa_r50_fpn_1x_coco            R-50-FPN               12e  40.4               40.2        3.7         yes
            paa_r50_fpn_1.5x_coco          R-50-FPN               18e  41.4               41.2        3.7          no
            paa_r50_fpn_2x_coco            R-50-FPN               24e  41.6                  -        3.7          no
            paa_r50_fpn_mstrain_3x_coco    R-50-FPN  36e, multi-scale  43.3                  -        3.7          no
            paa_r101_fpn_1x_coco          R-101-FPN               12e  42.6               42.4        6.2          no
            paa_r101_fpn_2x_coco          R-101-FPN               24e  43.5                  -        6.2          no
            paa_r101_fpn_mstrain_3x_coco  R-101-FPN  36e, multi-scale  45.1                  -        6.2          no

            """, Terminal.Run("zoo", "list").Output);
        var json = JsonDocument.Parse(Terminal.Run("zoo", "list", "--json").Output).RootElement;
        Assert.Equal(7, json.GetArrayLength());
    }

    [Fact]
    public void Show_PrintsRowFilesAndConfiguration()
    {
        var run = Terminal.Run("zoo", "show", "paa_r50_fpn_mstrain_3x_coco");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("\nsha256   06a6880b...\n", run.Output);
        Assert.Contains("/paa_r50_fpn_mstrain_3x_coco_20210121_145722.log.json\n", run.Output);
        var config = ConfigLoader.Parse(run.Output[run.Output.IndexOf("model:\n")..], "shown");
        Assert.Equal([[1333, 640], [1333, 800]], config.Data.Train.Scales);
        Assert.EndsWith(Terminal.Run("config", "show", "paa_r50_fpn_mstrain_3x_coco").Output, run.Output);
    }

    [Theory]
    [InlineData("paa_r50_fpn_ms-3x_coco", "paa_r50_fpn_mstrain_3x_coco")]
    [InlineData("paa_r101_fpn_ms-3x_coco", "paa_r101_fpn_mstrain_3x_coco")]
    public void NamesOfMmdetection3_AreThoseOf2(string later, string earlier)
    {
        Assert.Equal(Terminal.Run("zoo", "show", earlier), Terminal.Run("zoo", "show", later));
        Assert.Contains($"\nin 3.x   {later}\n", Terminal.Run("zoo", "show", earlier).Output);
        Assert.DoesNotContain("in 3.x", Terminal.Run("zoo", "show", Name).Output);
        Assert.Equal(Terminal.Run("config", "show", earlier), Terminal.Run("config", "show", later));
        Cache(ZooCatalogue.Find(earlier)!.Weights, _detector.Checkpoint);
        Assert.Equal(0, Terminal.Run("predict", later, Path.Combine(_detector.Images, "1.png")).ExitCode);
    }

    [Fact]
    public void Download_TakesFilesFromTheMirror()
    {
        using var server = new FileServer(_ => FileAnswer.Ok([1, 2, 3]));
        _variables.With("PAA_ZOO_URL", server["mirror"].ToString());
        Cache(ZooCatalogue.Find(Name)!.Weights);
        var run = Terminal.Run("zoo", "download", Name, "--log");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("/mirror/paa_r50_fpn_1x_coco_20200821-936edec3.log.json", Assert.Single(server.Requests).Path);
        var files = run.Output.TrimEnd().Split('\n');
        Assert.Equal([3, 3], files.Select(file => File.ReadAllBytes(file).Length));
        Assert.StartsWith($"downloading {server["mirror/"]}", run.Error);
        Assert.EndsWith("100 % of 0.0 MB\n", run.Error);
    }

    [Fact]
    public void Download_OfAFileThatLies_IsOneLineAndCode1()
    {
        using var server = new FileServer(_ => FileAnswer.Ok([1, 2, 3]));
        _variables.With("PAA_ZOO_URL", server[""].ToString());
        var run = Terminal.Run("zoo", "download", "--all");
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("-936edec3.pth: the SHA-256 begins with 039058c6, expected 936edec3", run.Error);
    }

    [Fact]
    public void WrongNames_AreOneLine()
    {
        Terminal.Run("zoo", "show", "paa_r50_fpn_1x").AssertFails(2,
            "paa zoo show: the zoo has no 'paa_r50_fpn_1x', did you mean 'paa_r50_fpn_1x_coco'?");
        Terminal.Run("zoo", "download").AssertFails(2, "paa zoo download: give names, or --all.");
        Terminal.Run("zoo", "download", Name, "--all").AssertFails(2, "paa zoo download: give names, or --all.");
        Terminal.Run("predict", "paa_r50_fpn_1x_cooc", _detector.Images).AssertFails(2, "paa predict: the checkpoint "
            + "'paa_r50_fpn_1x_cooc' does not exist, did you mean 'paa_r50_fpn_1x_coco' of the zoo?");
        _variables.With("PAA_ZOO_URL", "mirror");
        Terminal.Run("zoo", "list").AssertFails(1,
            "paa zoo list: PAA_ZOO_URL: expected an address such as https://mirror.example/paa, got 'mirror'.");
    }

    [Fact]
    public void PredictAndTest_TakeANameOfTheZoo()
    {
        Cache(ZooCatalogue.Find(Name)!.Weights, _detector.Checkpoint);
        var image = Path.Combine(_detector.Images, "1.png");
        var expected = Terminal.Run("predict", _detector.Checkpoint, image, "--score", "0");
        Assert.Equal(0, expected.ExitCode);
        Assert.Equal(expected, Terminal.Run("predict", Name, image, "--score", "0"));

        var test = Terminal.Run("test", _detector.ConfigFile, "--checkpoint", Name);
        Assert.Equal(Terminal.Run("test", _detector.Checkpoint), test);
        var other = Terminal.Run("test", Name, "--ann", _detector.Annotations);
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("the weights are not those of the configured network", other.Error);
    }

    [Fact]
    public void Weights_AreTakenFromAnAddress()
    {
        var content = File.ReadAllBytes(_detector.Checkpoint);
        using var server = new FileServer(_ => FileAnswer.Ok(content));
        var address = server["best.pth"].ToString();
        Assert.Equal(Terminal.Run("test", _detector.Checkpoint).Output, Terminal.Run("test", address).Output);
        var run = Terminal.Run("train", _detector.ConfigFile, "--work-dir", _folder["work"],
            "--set", $"load_from={address}", "runner.max_iters=1", "evaluation.interval=0");
        Assert.Equal(0, run.ExitCode);
        Assert.Single(server.Requests);
    }

    /// <summary>Puts a file into the cache under the name of another one.</summary>
    void Cache(RemoteFile file, string? content = null)
    {
        using var cache = new WeightCache(_folder.Path);
        Directory.CreateDirectory(cache.Folder);
        if (content is null) File.WriteAllBytes(cache.PathOf(file), [1, 2, 3]);
        else File.Copy(content, cache.PathOf(file));
    }
}
