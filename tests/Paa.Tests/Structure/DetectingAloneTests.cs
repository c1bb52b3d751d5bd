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
        Assert.Empty(Directory.EnumerateFiles(Folder, "*torch*"));
        var start = new ProcessStartInfo(Path.Combine(Folder, "Detect"), [checkpoint, AnyImage]);
        var (exitCode, output, error) = await Run(start);
        Assert.True(exitCode == 0 && error.Length == 0, error);
        Assert.Matches(@"^[abc] \d+ % \(", output);
    }

    /// <summary>The native libraries are in the program and unpack themselves.</summary>
    [Fact]
    public async Task ProgramOfASingleFile_Detects()
    {
        using var folder = new TemporaryFolder();
        using var detector = SmallDetector.Create();
        var checkpoint = SmallDetector.Save(detector, folder["model.pth"], "a", "b", "c");
        string[] properties =
        [
            "PublishSingleFile=true", "IncludeNativeLibrariesForSelfExtract=true", "EnableSingleFileAnalyzer=true",
            "RunAnalyzers=false", "GenerateDocumentationFile=false",
            $"NuGetLockFilePath={folder.Path}/$(MSBuildProjectName).lock.json",
        ];
        var published = await Run(new ProcessStartInfo("dotnet",
        [
            "publish", Path.Combine(Repository.Root, "samples", "Detect"), "-c", "Release", "-r", "linux-x64",
            "--no-self-contained", "--artifacts-path", folder["artifacts"], "-o", folder["out"], "-v", "quiet", "-nologo",
            .. properties.Select(property => $"-p:{property}"),
        ]));
        Assert.True(published.ExitCode == 0, published.Output);
        File.Move(folder["out/Detect"], folder["alone"]);
        var start = new ProcessStartInfo(folder["alone"], [checkpoint, AnyImage]);
        start.Environment["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = folder["unpacked"];
        var (exitCode, output, error) = await Run(start);
        Assert.True(exitCode == 0 && error.Length == 0, error);
        Assert.Matches(@"^[abc] \d+ % \(", output);
    }

    static string AnyImage =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "data", "images"), "*.jpg").Order().First();

    static async Task<(int ExitCode, string Output, string Error)> Run(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var program = Process.Start(start)!;
        var error = program.StandardError.ReadToEndAsync();
        var output = await program.StandardOutput.ReadToEndAsync();
        await program.WaitForExitAsync();
        return (program.ExitCode, output, await error);
    }
}
