using System.Diagnostics;
using Paa.Tests.Models;

namespace Paa.Tests.Structure;

/// <summary>A program that refers to the project Paa alone, <c>samples/Detect</c>.</summary>
[Collection("Native")]
public sealed class DetectingAloneTests
{
    static readonly string Folder = Path.Combine(Repository.Root, "artifacts", "bin", "Detect", "release");

    [Fact]
    public async Task Program_Detects_WithoutLibtorch()
    {
        using var folder = new TemporaryFolder();
        using var detector = SmallDetector.Create();
        var checkpoint = SmallDetector.Save(detector, folder["model.pth"], "a", "b", "c");
        var image = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "data", "images"), "*.jpg").Order().First();
        Assert.Empty(Directory.EnumerateFiles(Folder, "*torch*"));
        var start = new ProcessStartInfo(Path.Combine(Folder, "Detect"), [checkpoint, image])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var program = Process.Start(start)!;
        var error = program.StandardError.ReadToEndAsync();
        var output = await program.StandardOutput.ReadToEndAsync();
        await program.WaitForExitAsync();
        Assert.Equal((0, ""), (program.ExitCode, await error));
        Assert.Matches(@"^[abc] 0\.\d\d Box \{", output);
    }
}
