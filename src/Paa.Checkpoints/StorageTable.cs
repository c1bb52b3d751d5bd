using Paa.Checkpoints.Pickling;

namespace Paa.Checkpoints;

/// <summary>The storages a pickle refers to, by key. Their bytes are read after the pickle.</summary>
/// <param name="fileLength">Length of the file; a storage cannot be longer unless it is compressed.</param>
sealed class StorageTable(long fileLength)
{
    /// <summary>Bytes that all storages together may take: a file of zeros that was compressed once more is still read.</summary>
    readonly long _limit = Math.Max(64L << 20, 32 * fileLength);

    readonly Dictionary<string, Storage> _storages = [];
    long _total;

    /// <summary>Keys and storages in the order of their first use.</summary>
    public IReadOnlyDictionary<string, Storage> Storages => _storages;

    /// <summary>The storage of <c>('storage', class, key, location, count[, view])</c>; where it lay (<c>cuda:0</c>) does not
    /// matter.</summary>
    public StorageView Resolve(PickleTuple id)
    {
        if (id.Count < 5 || id[0] is not "storage" || id[1] is not PickleGlobal { StorageType: { } type }
            || id[2] is not string { Length: <= 64 } key || id[4] is not long count)
            throw new CheckpointException("describes a storage wrongly; the file is damaged.");
        if (!_storages.TryGetValue(key, out var storage)) _storages.Add(key, storage = Create(type, key, count));
        else if (storage.Type != type || storage.Count != count)
            throw new CheckpointException($"describes storage '{key}' in two different ways; the file is damaged.");
        return id.Count > 5 && id[5] is PickleTuple view ? Part(storage, view) : new StorageView(storage, 0, count);
    }

    Storage Create(ScalarType type, string key, long count)
    {
        if (count < 0 || count > Array.MaxLength / type.Size())
            throw new CheckpointException($"declares {count} elements for storage '{key}'; up to 2 GB a storage are read.");
        _total += count * type.Size();
        if (_total > _limit)
            throw new CheckpointException($"declares tensors of more than {_total} bytes in a file of {fileLength}; it is damaged.");
        return new Storage(type, count);
    }

    static StorageView Part(Storage storage, PickleTuple view) =>
        view.Count == 3 && view[1] is long start and >= 0 && view[2] is long count and >= 0 && start <= storage.Count - count
            ? new StorageView(storage, start, count)
            : throw new CheckpointException("describes a part of a storage wrongly; the file is damaged.");
}
