using System.Text.Json;
using Paa.Tests.Models;

namespace Paa.Tests.Cli.Inspect;

[Collection("Native")]
public sealed class InspectModelCommandTests : IDisposable
{
    static readonly string Config = Path.Combine(Repository.Root, "configs", "paa", "paa_r50_fpn_1x_coco.yaml");

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Profile_HasARowPerPart_AndTheTotal()
    {
        var run = Terminal.Run("inspect", "model", Config);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(
            ["part", "----", "backbone.stem", "backbone.layer1", "backbone.layer2", "backbone.layer3", "backbone.layer4", "neck",
                "bbox_head", "total"],
            lines[..10].Select((line, i) => i == 1 ? line[..4] : line.Split(' ')[0]));
        Assert.Equal("one image of 800x1344: 214.73 GMACs, 429.46 GFLOPs (2 per MAC)", lines[^1]);
    }

    [Fact]
    public void Profile_AsJson_TakesTheSizeOfTheCommandLine()
    {
        var run = Terminal.Run("inspect", "model", Config, "--size", "320x480", "--json");
        var json = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal([320, 480], json.GetProperty("input").EnumerateArray().Select(side => side.GetInt32()));
        var total = json.GetProperty("total");
        Assert.Equal(json.GetProperty("parts").EnumerateArray().Sum(part => part.GetProperty("multiply_adds").GetInt64()),
            total.GetProperty("multiply_adds").GetInt64());
        Assert.Equal(4 * total.GetProperty("activations").GetInt64(), total.GetProperty("activation_bytes").GetInt64());
    }

    [Fact]
    public void Keys_OfACheckpoint_AreATable()
    {
        using var detector = SmallDetector.Create();
        var run = Terminal.Run("inspect", "model", SmallDetector.Save(detector, _folder["a.pth"]), "--keys");
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal(detector.Parameters.Entries.Count, lines.Length - 2);
        Assert.Matches(@"^backbone\.conv1\.weight +\[8, 3, 7, 7\] +float32 +frozen$", lines[2]);
    }

    [Theory]
    [InlineData("--size: expected HxW, such as 800x1344, got '800'.", "--size", "800")]
    [InlineData("--size: expected HxW, such as 800x1344, got '0x32'.", "--size", "0x32")]
    public void WrongSize_IsWrongUsage(string line, params string[] arguments) =>
        Terminal.Run(["inspect", "model", Config, .. arguments]).AssertFails(2, $"paa inspect model: {line}");
}
