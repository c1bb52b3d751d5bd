namespace Paa.Tests.Structure;

/// <summary>Rules for the text of the sources that no formatter enforces.</summary>
public class SourceTextTests
{
    const int Columns = 130;        // max_line_length of .editorconfig

    static readonly string[] Folders = ["src", "native", "tests", "benchmarks", "samples"];
    static readonly string[] Endings = [".cs", ".cpp", ".h"];

    [Fact]
    public void Lines_AreNotLongerThan130Columns()
    {
        string[] longLines = [.. Folders.Select(folder => Path.Combine(Repository.Root, folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            .Where(file => Endings.Contains(Path.GetExtension(file)) && !file.Split('/').Any(part => part is "obj" or "bin"))
            .SelectMany(file => File.ReadLines(file).Select((line, i) => (File: file, Line: line, Number: i + 1)))
            .Where(place => place.Line.Length > Columns)
            .Select(place => $"{Path.GetRelativePath(Repository.Root, place.File)}:{place.Number}: {place.Line.Length} columns")];
        Assert.True(longLines.Length == 0,
            $"{longLines.Length} lines are longer than {Columns} columns:\n{string.Join("\n", longLines)}");
    }
}
