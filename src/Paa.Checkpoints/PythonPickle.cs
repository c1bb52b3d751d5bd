using Paa.Checkpoints.Pickling;

namespace Paa.Checkpoints;

/// <summary>Files of Python's <c>pickle.dump</c>, such as results of MMDetection's <c>tools/test.py --out</c>.</summary>
public static class PythonPickle
{
    /// <summary>Enough for 80 arrays an image of COCO's 5000 (11 million); bounds memory by about a gigabyte.</summary>
    const long MaxInstructions = 16_000_000;

    /// <summary>Whether a file begins like a pickle of protocol 2 or later; false if it cannot be read.</summary>
    /// <param name="path">The file.</param>
    public static bool IsPickle(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return stream.ReadByte() == (int)PickleOpcode.Proto && stream.ReadByte() is >= 2 and <= 5;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Reads a file as data; nothing of it is run (see <see cref="TorchFile"/>).</summary>
    /// <param name="path">The file.</param>
    /// <returns>
    /// Values as <see cref="TorchFile.Read"/> describes them; NumPy arrays are <see cref="PickleObject"/> with
    /// <see cref="PickleObject.Array"/>.
    /// </returns>
    /// <exception cref="CheckpointException">The file is missing, damaged, hostile, or holds other objects.</exception>
    public static object? Read(string path) => CheckpointFile.Read(path, (file, format) =>
    {
        if (format != CheckpointFormat.Legacy) throw new CheckpointException("is no pickle, but a checkpoint.");
        var limit = Math.Clamp(file.Length / 2, PickleBudget.Limit, MaxInstructions);
        return new Unpickler(new PickleInput(file), new PickleBudget(file.Length, limit) { KeepsArrays = true }).Load();
    });
}
