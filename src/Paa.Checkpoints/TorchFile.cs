using Paa.Checkpoints.Pickling;
using Paa.Platform;

namespace Paa.Checkpoints;

/// <summary>Files of <c>torch.save</c>: reads and writes both formats.</summary>
/// <remarks>
/// Values are <c>null</c>, <c>bool</c>, <c>long</c>, <see cref="System.Numerics.BigInteger"/>, <c>double</c>, <c>string</c>,
/// <c>byte[]</c>, <c>List&lt;object?&gt;</c> (sets too), <see cref="PickleTuple"/>, <see cref="PickleDict"/>,
/// <see cref="ScalarType"/> (a dtype), <see cref="StoredTensor"/>, and <see cref="PickleObject"/> in place of some known objects.
/// <para>
/// A file is data, never a program: what it names is looked up in a short list, and everything else is refused. Lengths are
/// checked before memory is taken, so a damaged or hostile file costs an error and nothing more.
/// </para>
/// </remarks>
public static class TorchFile
{
    /// <summary>Reads a file in either format, told apart by content.</summary>
    /// <returns>The saved object. Elements of large tensors stay in the file, which stays open, until they are asked for (see
    /// <see cref="Storage"/>).</returns>
    /// <exception cref="CheckpointException">The file is missing, damaged, hostile or of another format.</exception>
    public static object? Read(string path) => CheckpointFile.Read(path, ReadOpen);

    /// <summary>Reads a file whose format is known.</summary>
    internal static object? ReadOpen(CheckpointFile file, CheckpointFormat format) => format switch
    {
        CheckpointFormat.Zip => ZipCheckpoint.Read(file),
        CheckpointFormat.Legacy => LegacyCheckpoint.Read(file),
        _ => throw new CheckpointException("is a safetensors file; read it with StateDict.Load or SafetensorsFile.Read."),
    };

    /// <summary>Writes a file that PyTorch reads (with <c>weights_only=True</c> too), whole or not at all (see
    /// <see cref="AtomicFile"/>).</summary>
    /// <param name="path">Replaced if it exists.</param>
    /// <param name="graph">
    /// The values named above; also <c>int</c> and <c>float</c>, arrays and other lists, and dictionaries. Storages shared by
    /// tensors are written once. Equal content gives equal bytes.
    /// </param>
    /// <param name="format">Zip or legacy; another one is an <see cref="ArgumentException"/>.</param>
    /// <exception cref="CheckpointException">The graph holds something else, or the file cannot be written.</exception>
    public static void Write(string path, object? graph, CheckpointFormat format = CheckpointFormat.Zip)
    {
        if (format == CheckpointFormat.Safetensors)
            throw new ArgumentException("TorchFile.Write: use SafetensorsFile.Write for this format.", nameof(format));
        try
        {
            var pickler = new Pickler(format);
            var pickle = pickler.Dump(graph);
            AtomicFile.Write(path, stream =>
            {
                if (format == CheckpointFormat.Legacy) LegacyCheckpoint.Write(stream, pickle, pickler.Storages);
                else ZipCheckpoint.Write(stream, pickle, pickler.Storages);
            });
        }
        catch (CheckpointException error)
        {
            throw error.In(path);
        }
        catch (FileWriteException error)
        {
            throw new CheckpointException(error.Problem, path, error);
        }
    }
}
