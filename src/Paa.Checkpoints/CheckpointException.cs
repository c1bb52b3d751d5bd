namespace Paa.Checkpoints;

/// <summary>A checkpoint file that cannot be read or written: names the file, what was found and what to do.</summary>
public sealed class CheckpointException : Exception
{
    const int MaxLength = 600;

    /// <summary>Creates the error; code that does not know the file leaves it out, <see cref="In"/> adds it.</summary>
    /// <param name="problem">What was found and what to do, as a sentence that follows the file name.</param>
    /// <param name="file">Path of the file.</param>
    /// <param name="innerException">The cause, such as an error of the file system.</param>
    public CheckpointException(string problem, string? file = null, Exception? innerException = null)
        : base(file is null ? Printable(problem) : $"{file}: {Printable(problem)}", innerException)
    {
        Problem = Printable(problem);
        File = file;
    }

    /// <summary>The message without the name of the file.</summary>
    public string Problem { get; }

    /// <summary>Path of the file, where known.</summary>
    public string? File { get; }

    /// <summary>The same error, naming the file.</summary>
    internal CheckpointException In(string file) => File is null ? new(Problem, file, this) : this;

    /// <summary>One line of bounded length: names of a hostile file may hold anything, such as escapes for the
    /// terminal.</summary>
    static string Printable(string problem) =>
        string.Concat(problem.Take(MaxLength).Select(letter => char.IsControl(letter) ? '?' : letter));
}
