using System.ComponentModel;
using System.Diagnostics;

namespace Paa.Zoo;

/// <summary>A package that NuGet keeps in its own folder and the .NET SDK restores.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">Exactly this one.</param>
sealed record NuGetPackage(string Id, string Version)
{
    static readonly TimeSpan MaxTime = TimeSpan.FromMinutes(30);

    /// <summary>Where a file of the package is, or will be.</summary>
    /// <param name="file">Its path in the package.</param>
    public string PathOf(string file)
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES");
        if (string.IsNullOrEmpty(packages))
            packages = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Path.GetFullPath(Path.Combine(packages, Id.ToLowerInvariant(), Version, file));
    }

    /// <summary>Lets the SDK fetch the package from wherever the user's NuGet is configured to look.</summary>
    /// <param name="name">What the user asked for, for messages.</param>
    /// <param name="file">What must be there then.</param>
    /// <param name="stop">Ends the SDK.</param>
    /// <exception cref="DownloadException">There is no SDK, or it cannot restore the package.</exception>
    public void Restore(string name, string file, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("paa-nuget-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "package.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><TargetFramework>net{Environment.Version.Major}.0</TargetFramework></PropertyGroup>
                  <ItemGroup><PackageDownload Include="{Id}" Version="[{Version}]" /></ItemGroup>
                </Project>
                """);
            var (exitCode, output) = RunRestore(folder.FullName, stop);
            if (exitCode != 0 || !File.Exists(PathOf(file))) throw Failure(FirstError(output));
        }
        catch (Win32Exception error)
        {
            throw Failure($"the .NET SDK was not found ({error.Message})", error);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        DownloadException Failure(string reason, Exception? inner = null) => new(
            $"{name}: the NuGet package {this} cannot be restored: {reason.TrimEnd('.')}. Install the .NET SDK and configure a "
            + $"package source that has it, or give the path of its {Path.GetFileName(file)} instead of the name.", inner);
    }

    /// <summary>Name and version.</summary>
    public override string ToString() => $"{Id} {Version}";

    static (int ExitCode, string Output) RunRestore(string folder, CancellationToken stop)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        using var process = Process.Start(new ProcessStartInfo(dotnet, ["restore", "--nologo"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var killed = stop.Register(() => process.Kill(entireProcessTree: true));
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        if (!process.WaitForExit(MaxTime)) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        stop.ThrowIfCancellationRequested();
        return (process.ExitCode, output.Result + errors.Result);
    }

    static string FirstError(string output) =>
        output.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.OrdinalIgnoreCase))?.Trim()
        ?? "'dotnet restore' failed";
}
