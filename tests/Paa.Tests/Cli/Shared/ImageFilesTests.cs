using Paa.Cli.Shared;

namespace Paa.Tests.Cli.Shared;

public sealed class ImageFilesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public ImageFilesTests()
    {
        string[] names =
            ["b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", "sub/c.jpeg", "sub/deep/d.webp", "sub/deep/e.txt", "w[1]*.bmp",
                ".cache/f.jpg", "sub/.g/h.jpg"];
        foreach (var name in names) _folder.Write(name, "");
    }

    public void Dispose() => _folder.Dispose();

    string[] Find(params string[] arguments) =>
        [.. ImageFiles.Find(arguments.Select(argument => $"{_folder.Path}/{argument}"))
            .Select(file => Path.GetRelativePath(_folder.Path, file))];

    [Fact]
    public void File_IsTakenWhateverItsName() => Assert.Equal(["notes.txt", "w[1]*.bmp"], Find("notes.txt", "w[1]*.bmp"));

    [Fact]
    public void Folder_GivesItsImagesWithoutSubfolders() =>
        Assert.Equal([".hidden.jpg", "a.PNG", "b.jpg", "w[1]*.bmp"], Find(""));

    [Theory]
    [InlineData("*.jpg", "b.jpg")]
    [InlineData("?.*", "a.PNG", "b.jpg")]
    [InlineData("*/*", "sub/c.jpeg")]
    [InlineData("s*/deep/*.webp", "sub/deep/d.webp")]
    [InlineData("sub/**/*", "sub/c.jpeg", "sub/deep/d.webp")]
    [InlineData("sub/**", "sub/c.jpeg", "sub/deep/d.webp")]
    [InlineData("**/?.jp*g", "b.jpg", "sub/c.jpeg")]
    [InlineData("*/**/d*ep/?.*", "sub/deep/d.webp")]
    [InlineData("**/**", "a.PNG", "b.jpg", "sub/c.jpeg", "sub/deep/d.webp", "w[1]*.bmp")]
    [InlineData("w[1]?.*", "w[1]*.bmp")]
    [InlineData(".*", ".hidden.jpg")]
    [InlineData(".c*/*", ".cache/f.jpg")]
    [InlineData("*/.?/*", "sub/.g/h.jpg")]
    [InlineData(".cache/*", ".cache/f.jpg")]
    [InlineData("./sub//*", "sub/c.jpeg")]
    public void Pattern_GivesTheImagesItMatches(string pattern, params string[] files) => Assert.Equal(files, Find(pattern));

    [Fact]
    public void FileGivenTwice_IsFoundOnce() => Assert.Equal(["b.jpg"], Find("b.jpg", "*.jpg", "sub/../b.jpg"));

    [Theory]
    [InlineData("*.gif", "no image file matches '")]
    [InlineData("none.jpg", "the image '")]
    [InlineData("none/*.jpg", "no image file matches '")]
    [InlineData("*/../*.jpg", "'")]
    public void ArgumentThatMatchesNothing_IsWrongUsage(string argument, string message) =>
        Assert.StartsWith(message, Assert.Throws<UsageException>(() => Find(argument)).Message);

    [Fact]
    public void FolderWithoutImages_IsWrongUsage()
    {
        Directory.CreateDirectory($"{_folder.Path}/empty");
        var error = Assert.Throws<UsageException>(() => Find("empty"));
        Assert.EndsWith("has no image files (.jpg .jpeg .png .bmp .webp .tif .tiff).", error.Message);
    }
}
