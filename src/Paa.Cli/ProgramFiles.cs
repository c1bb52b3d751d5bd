namespace Paa.Cli;

/// <summary>Files that come with the program.</summary>
static class ProgramFiles
{
    /// <summary>The full path of a file beside the program, such as <c>configs/demo/paa_r18_demo.yaml</c>.</summary>
    /// <exception cref="FileNotFoundException">The program was copied without it.</exception>
    public static string Find(string relativePath)
    {
        var path = Path.Combine(AppContext.BaseDirectory, relativePath);
        if (File.Exists(path)) return path;
        throw new FileNotFoundException($"{path} is missing: build or install the program again.");
    }
}
