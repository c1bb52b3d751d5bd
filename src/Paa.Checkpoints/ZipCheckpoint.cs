using Paa.Checkpoints.Pickling;
using Paa.Checkpoints.Zip;

namespace Paa.Checkpoints;

/// <summary>The zip format of PyTorch 1.6 and later: a pickle <c>data.pkl</c> and one entry <c>data/KEY</c> for each
/// storage.</summary>
/// <remarks>The entries stand in a folder named after the file at the time of saving, so the folder is where the pickle
/// is.</remarks>
static class ZipCheckpoint
{
    const int MaxPickle = 256 << 20;
    const int MaxInflatedPickle = 16 << 20;              // PyTorch does not compress; a file that was zipped again is still read
    const string Folder = "archive/";                    // any name will do; a fixed one keeps equal content equal

    /// <summary>Reads the object and finds its storages.</summary>
    /// <exception cref="CheckpointException">The file is damaged or hostile.</exception>
    public static object? Read(CheckpointFile file)
    {
        var zip = new ZipReader(file);
        var folder = FindFolder(zip);
        CheckByteOrder(zip, folder);
        var pickle = zip.Read($"{folder}data.pkl", Math.Clamp(file.Length, MaxInflatedPickle, MaxPickle));
        var (storages, budget) = (new StorageTable(file.Length), new PickleBudget(pickle.Length));
        var graph = new Unpickler(new PickleInput(pickle), budget, storages.Resolve).Load();
        foreach (var (key, storage) in storages.Storages) zip.Fill($"{folder}data/{key}", storage);
        CheckSums(zip);
        budget.CheckElements();
        return graph;
    }

    /// <summary>Writes a pickle and its storages.</summary>
    public static void Write(Stream stream, ReadOnlyMemory<byte> pickle, IReadOnlyList<Storage> storages)
    {
        var zip = new ZipWriter(stream);
        zip.Add($"{Folder}data.pkl", pickle.Span);
        zip.Add($"{Folder}byteorder", "little"u8);
        for (var key = 0; key < storages.Count; key++) zip.Add($"{Folder}data/{key}", storages[key]);
        zip.Add($"{Folder}version", "3\n"u8);
        zip.Finish();
    }

    static string FindFolder(ZipReader zip)
    {
        string[] folders = [.. zip.Entries.Keys.Where(name => name.EndsWith("/data.pkl", StringComparison.Ordinal)
            && name.IndexOf('/') == name.LastIndexOf('/')).Select(name => name[..^"data.pkl".Length])];
        if (folders.Length != 1)
            throw new CheckpointException(folders.Length == 0
                ? "is a zip archive without data.pkl, so not one that torch.save wrote."
                : "has several data.pkl; the file is damaged.");
        if (zip.Entries.ContainsKey($"{folders[0]}constants.pkl"))
            throw new CheckpointException(
                "is a TorchScript program (torch.jit.save). Save the module's state_dict() with torch.save instead.");
        return folders[0];
    }

    static void CheckByteOrder(ZipReader zip, string folder)
    {
        if (!zip.Entries.ContainsKey($"{folder}byteorder")) return;                   // absent before PyTorch 2.1
        if (!zip.Read($"{folder}byteorder", 16).AsSpan().SequenceEqual("little"u8))
            throw new CheckpointException("was saved on a big-endian machine; load and save it again on a little-endian one.");
    }

    /// <summary>A damaged file differs in an entry or two; one saved without checksums (an option of PyTorch 2.6) differs in
    /// all.</summary>
    static void CheckSums(ZipReader zip)
    {
        if (zip.MismatchCount > 0 && zip.MismatchCount < zip.ReadCount)
            throw new CheckpointException(
                $"is damaged: the content of '{zip.FirstMismatch}' does not have its checksum. Copy or download it again.");
    }
}
