namespace Paa.Tests;

/// <summary>The checked-out sources.</summary>
static class Repository
{
    /// <summary>The folder of <c>Paa.slnx</c>.</summary>
    public static string Root { get; } = Find();

    static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Paa.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("Paa.slnx is not above the tests.");
    }
}
