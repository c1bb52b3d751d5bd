using System.Text.Json.Nodes;
using Paa.Cli;

namespace Paa.Tests.Cli.Demo;

[Collection("Native")]
public sealed class DemoCommandTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A few photographs and iterations instead of all: everything but what it learns.</summary>
    [Fact]
    public void Demo_GoesTheWayOfAUser_AndReports()
    {
        var run = Run("--set", "runner.max_iters=2");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains(" Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = ", run.Output);
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.All(lines[^9..^4].Select(line => line[12..]), file => Assert.True(Path.Exists(file), file));
        Assert.Matches(@"^took        \d:\d\d minutes, AP50 \d\.\d{3} on 4 test photographs$", lines[^4]);
        Assert.Single(Directory.GetFiles(_folder["out/drawn"], "*.jpg"));

        var report = File.ReadAllText(_folder["out/report.html"]);
        Assert.Contains("<svg ", report);
        Assert.Contains("<td>RBC</td>", report);
        Assert.Contains("src=\"data:image/jpeg;base64,/9j/", report);
        Assert.DoesNotMatch("https?://", report.Replace("http://www.w3.org", ""));

        var again = Run("--set", "runner.max_iters=1");
        Assert.True(again.ExitCode == 0, again.Error);
    }

    [Fact]
    public void Demo_ShowsCommandsThatCanBeTyped()
    {
        var run = Run("--threads", "1", "--set", "runner.max_iters=1");
        string[] shown =
        [
            .. run.Error.Split('\n').Where(line => line.StartsWith("$ paa ", StringComparison.Ordinal)).Select(line => line[6..]),
            run.Output.TrimEnd().Split('\n')[^1].Trim()["paa ".Length..],
        ];
        Assert.Equal(["new", "train", "test", "predict", "new"], shown.Select(line => line.Split(' ')[0]));
        Assert.All(shown, line => Assert.Null(CommandLine.Check(line.Split(' '))));
        Assert.All(shown[1..4], line => Assert.EndsWith(" --threads 1", line));
    }

    [Fact]
    public void Demo_WithoutThePretrainedBackbone_SaysSoAndGoesOn()
    {
        using var variables = new EnvironmentVariables()
            .With("NUGET_PACKAGES", _folder["none"]).With("DOTNET_HOST_PATH", "no-sdk");
        var run = Run("--set", "runner.max_iters=1");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("cannot be restored: the .NET SDK was not found", run.Error);
        Assert.Contains("The demo goes on from random weights", run.Error);
        Assert.Matches(@"\$ paa new .* --from scratch\n", run.Error);
    }

    [Fact]
    public void Demo_OnAFolderWithoutPhotographs_NamesWhatIsMissing() =>
        Terminal.Run("demo", "--data", _folder.Path, "--out", _folder["out"]).AssertFails(2,
            $"paa demo: --data {_folder.Path}: {_folder["train.json"]} is missing; expected train.json, val.json, test.json "
            + "and images.");

    [Fact]
    public void Sample_IsWhatItsReadmeSays()
    {
        var counts = new[] { "train", "val", "test" }.Select(split =>
        {
            var set = Read(split);
            return (set["images"]!.AsArray().Count, set["annotations"]!.AsArray().Count);
        });
        Assert.Equal([(205, 2805), (87, 1138), (72, 945)], counts);
        Assert.Equal(364, Directory.GetFiles(Path.Combine(Sample, "images")).Length);
    }

    static string Sample => Path.Combine(Repository.Root, "samples", "bccd");

    static JsonNode Read(string split) => JsonNode.Parse(File.ReadAllText(Path.Combine(Sample, $"{split}.json")))!;

    Terminal Run(params string[] options)
    {
        var data = _folder["data"];
        Directory.CreateDirectory(Path.Combine(data, "images"));
        foreach (var (split, count) in new[] { ("train", 8), ("val", 4), ("test", 4) }) Shorten(split, count, data);
        return Terminal.Run(["demo", "--data", data, "--out", _folder["out"], .. options]);
    }

    /// <summary>Writes the first images of a split and their boxes.</summary>
    static void Shorten(string split, int count, string folder)
    {
        var set = Read(split);
        var images = set["images"]!.AsArray();
        while (images.Count > count) images.RemoveAt(count);
        var ids = images.Select(image => (int)image!["id"]!).ToHashSet();
        var annotations = set["annotations"]!.AsArray();
        for (var i = annotations.Count - 1; i >= 0; i--)
            if (!ids.Contains((int)annotations[i]!["image_id"]!)) annotations.RemoveAt(i);
        File.WriteAllText(Path.Combine(folder, $"{split}.json"), set.ToJsonString());
        foreach (var image in images)
        {
            var name = (string)image!["file_name"]!;
            File.Copy(Path.Combine(Sample, "images", name), Path.Combine(folder, "images", name), overwrite: true);
        }
    }
}
