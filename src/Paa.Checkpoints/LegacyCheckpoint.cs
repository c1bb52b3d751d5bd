using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Paa.Checkpoints.Pickling;

namespace Paa.Checkpoints;

/// <summary>The format of PyTorch before 1.6: five pickles in a row, then the storages.</summary>
/// <remarks>
/// The pickles are a magic number, the protocol 1001, facts about the system, the object, and the list of storage keys. For each
/// key follow a 64-bit count and the elements.
/// </remarks>
static class LegacyCheckpoint
{
    const long Protocol = 1001;

    static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356", CultureInfo.InvariantCulture);

    /// <summary>Reads the object and finds its storages.</summary>
    /// <exception cref="CheckpointException">The file is damaged or hostile.</exception>
    public static object? Read(CheckpointFile file)
    {
        var (input, budget) = (new PickleInput(file), new PickleBudget(file.Length));
        var storages = new StorageTable(file.Length);
        ReadHead(input, budget);
        var graph = new Unpickler(input, budget, storages.Resolve).Load();
        FindStorages(file, ReadKeys(input, budget), input.Position, storages);
        budget.CheckElements();
        return graph;
    }

    /// <summary><c>torch.storage._load_from_bytes(bytes)</c>, by which a tensor outside of a checkpoint is pickled: the bytes are
    /// a file of this format with one storage.</summary>
    public static StorageView ReadStorage(PickleTuple arguments, PickleBudget budget)
    {
        if (arguments.Count != 1 || arguments[0] is not byte[] bytes || budget.IsInStorage)
            throw new CheckpointException("describes a storage wrongly; the file is damaged.");
        budget.SpendBytes(bytes.Length);
        budget.IsInStorage = true;
        var (input, storages) = (new PickleInput(bytes), new StorageTable(bytes.Length));
        ReadHead(input, budget);
        var view = new Unpickler(input, budget, storages.Resolve).LoadStorage();
        if (ReadKeys(input, budget) is not [string] || storages.Storages.Count != 1)
            throw new CheckpointException("has more than one storage where one belongs; the file is damaged.");
        var storage = view.Storage;
        if ((long)input.ReadNumber(sizeof(long)) != storage.Count || input.Remaining < storage.ByteCount)
            throw new CheckpointException("has a storage of another length than it says; the file is damaged.");
        budget.IsInStorage = false;
        return view with { Storage = new Storage(storage.Type, input.ReadBytes((ulong)storage.ByteCount)) };
    }

    static void ReadHead(PickleInput input, PickleBudget budget)
    {
        if (new Unpickler(input, budget).Load() is not BigInteger magic || magic != Magic)
            throw new CheckpointException("is a pickle, but not one that torch.save wrote.");
        if (new Unpickler(input, budget).Load() is not Protocol)
            throw new CheckpointException($"is not of protocol {Protocol}, the only one of this format.");
        if (new Unpickler(input, budget).Load() is not PickleDict system || system.TryGetValue("little_endian", out var little)
            && little is not true)
            throw new CheckpointException("was saved on a big-endian machine; load and save it again on a little-endian one.");
    }

    static List<object?> ReadKeys(PickleInput input, PickleBudget budget) =>
        new Unpickler(input, budget).Load() as List<object?>
        ?? throw new CheckpointException("has no list of storages; the file is damaged.");

    /// <summary>Writes a pickle and its storages, whose keys are their numbers.</summary>
    public static void Write(Stream stream, ReadOnlyMemory<byte> pickle, IReadOnlyList<Storage> storages)
    {
        var sizes = new PickleDict { { "short", 2L }, { "int", 4L }, { "long", 4L } };
        Dump(Magic);
        Dump(Protocol);
        Dump(new PickleDict { { "protocol_version", Protocol }, { "little_endian", true }, { "type_sizes", sizes } });
        stream.Write(pickle.Span);
        Dump(storages.Select((_, key) => (object?)$"{key}").ToList());
        Span<byte> count = stackalloc byte[sizeof(long)];
        foreach (var storage in storages)
        {
            BinaryPrimitives.WriteInt64LittleEndian(count, storage.Count);
            stream.Write(count);
            storage.Visit(stream.Write);
        }

        void Dump(object value) => stream.Write(new Pickler().Dump(value).Span);
    }

    static void FindStorages(CheckpointFile file, List<object?> keys, long offset, StorageTable storages)
    {
        var missing = new HashSet<string>(storages.Storages.Keys);
        foreach (var key in keys)
        {
            if (key is not string name) throw new CheckpointException("lists a storage that has no name; the file is damaged.");
            if (!missing.Remove(name))
                throw new CheckpointException($"lists the storage '{name}' twice or without using it; the file is damaged.");
            var storage = storages.Storages[name];
            var count = BinaryPrimitives.ReadInt64LittleEndian(file.Read(offset, sizeof(long)));
            if (count != storage.Count)
                throw new CheckpointException(
                    $"has {count} elements for storage '{name}' where {storage.Count} belong; the file is damaged.");
            storage.Fill(file, offset + sizeof(long));
            offset += sizeof(long) + storage.ByteCount;
        }
        if (missing.Count > 0)
            throw new CheckpointException($"does not have the storage '{missing.First()}'; the file is damaged.");
    }
}
