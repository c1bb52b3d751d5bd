using Paa.Platform;

namespace Paa.Cli.Shared;

/// <summary>Checks what a command will write before its work begins, so that no hour is lost and no source is replaced.</summary>
static class OutputFile
{
    /// <summary>The option <c>--overwrite</c>.</summary>
    public static System.CommandLine.Option<bool> Overwrite() =>
        new("--overwrite") { Description = "Replace files that are there already; never one that is read." };

    /// <summary>Checks a file that will be written.</summary>
    /// <param name="option">Names the argument in messages, such as <c>--out</c>.</param>
    /// <param name="path">The file. It may exist, unless it is one of the inputs.</param>
    /// <param name="inputs">Everything that the command reads.</param>
    /// <exception cref="UsageException">It would replace an input, it is a folder, or it cannot be written.</exception>
    public static void Check(string option, string path, params IEnumerable<string> inputs)
    {
        if (Directory.Exists(path)) throw new UsageException($"{option} {path}: this is a folder; name a file in it.");
        RefuseInput(option, path, inputs);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            throw new UsageException($"{option} {path}: the folder {folder} does not exist; create it.");
        TryWriting(option, path, folder);
    }

    /// <summary>Checks a folder that will be filled; creates it.</summary>
    /// <param name="option">Names the argument in messages.</param>
    /// <param name="path">The folder.</param>
    /// <exception cref="UsageException">It is a file, or nothing can be written there.</exception>
    public static void CheckFolder(string option, string path)
    {
        if (File.Exists(path)) throw new UsageException($"{option} {path}: this is a file; name a folder.");
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option} {path}: the folder cannot be created: {error.Message}");
        }
        TryWriting(option, path, path);
    }

    /// <summary>Refuses a file that is read, under whatever name.</summary>
    /// <exception cref="UsageException">It is one of the inputs.</exception>
    public static void RefuseInput(string option, string path, IEnumerable<string> inputs)
    {
        var real = RealPath.Of(path);
        if (inputs.FirstOrDefault(input => RealPath.Comparer.Equals(RealPath.Of(input), real)) is { } same)
            throw new UsageException($"{option} {path}: it would replace {same}, which is read; choose another name.");
    }

    static void TryWriting(string option, string path, string folder)
    {
        var trial = Path.Combine(folder, $".paa-{Guid.NewGuid():N}.tmp");
        try
        {
            using (File.Create(trial, bufferSize: 1, FileOptions.DeleteOnClose)) { }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option} {path}: nothing can be written into {folder}; choose another place.");
        }
    }
}
