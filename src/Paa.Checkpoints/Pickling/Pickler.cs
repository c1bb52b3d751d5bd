using System.Collections;
using System.Numerics;
using System.Text;

namespace Paa.Checkpoints.Pickling;

/// <summary>Writes plain data and tensors as a pickle of protocol 2, with the opcodes that <c>torch.load(weights_only=True)</c>
/// accepts.</summary>
/// <remarks>Equal content gives equal bytes. Containers and tensors that occur twice are written once, as Python does.</remarks>
/// <param name="format">Decides how storages are described.</param>
sealed class Pickler(CheckpointFormat format = CheckpointFormat.Zip)
{
    const int BatchSize = 1000;                          // items an APPENDS or SETITEMS takes, as Python writes them

    readonly PickleOutput _output = new();
    readonly Dictionary<object, int> _memo = new(ReferenceEqualityComparer.Instance);
    readonly List<Storage> _storages = [];
    readonly Dictionary<Storage, int> _storageKeys = [];
    int _depth;

    /// <summary>The storages in the order of their keys "0", "1", ...</summary>
    public IReadOnlyList<Storage> Storages => _storages;

    /// <summary>Writes a value.</summary>
    /// <returns>The pickle.</returns>
    /// <exception cref="CheckpointException">The value holds something that is no plain data, or holds itself.</exception>
    public ReadOnlyMemory<byte> Dump(object? value)
    {
        _output.WriteNumber(PickleOpcode.Proto, 2, 1);
        Write(value);
        _output.Write(PickleOpcode.Stop);
        return _output.Bytes;
    }

    void Write(object? value)
    {
        if (++_depth > PickleGraph.MaxDepth)
            throw new CheckpointException($"cannot hold lists and dicts nested deeper than {PickleGraph.MaxDepth}.");
        switch (value)
        {
            case null or PickleObject: _output.Write(PickleOpcode.None); break;
            case bool flag: _output.Write(flag ? PickleOpcode.NewTrue : PickleOpcode.NewFalse); break;
            case long or int or short or sbyte or byte or ushort or uint:
                _output.WriteInteger(Convert.ToInt64(value, null));
                break;
            case BigInteger number: _output.WriteLong(number); break;
            case double number: _output.WriteDouble(number); break;
            case float number: _output.WriteDouble(number); break;
            case string text: _output.WriteText(text); break;
            case ScalarType type: _output.WriteGlobal("torch", type.DtypeName()); break;
            default: WriteObject(value); break;
        }
        _depth--;
    }

    void WriteObject(object value)
    {
        if (_memo.TryGetValue(value, out var known))
        {
            _output.WriteGet(known);
            return;
        }
        switch (value)
        {
            case byte[] bytes: WriteBytes(bytes); break;
            case StoredTensor tensor: WriteTensor(tensor); break;
            case PickleTuple tuple: WriteTuple([.. tuple], tuple); break;
            case PickleDict dict: WriteDict(dict); break;
            case IDictionary dict: WriteDict(dict); break;
            case IList list: WriteList(list); break;
            default:
                throw new CheckpointException($"cannot hold a {value.GetType().Name}; only plain data and tensors are written.");
        }
    }

    /// <summary>Protocol 2 has no bytes: they are a text whose code points are the bytes.</summary>
    void WriteBytes(byte[] bytes)
    {
        _output.WriteGlobal("_codecs", "encode");
        WriteTuple([Encoding.Latin1.GetString(bytes), "latin1"]);
        _output.Write(PickleOpcode.Reduce);
        _memo.Add(bytes, _output.WritePut());
    }

    void WriteTuple(object?[] items, object? remember = null)
    {
        if (items.Length > 3) _output.Write(PickleOpcode.Mark);
        foreach (var item in items) Write(item);
        _output.Write(items.Length switch
        {
            0 => PickleOpcode.EmptyTuple,
            1 => PickleOpcode.Tuple1,
            2 => PickleOpcode.Tuple2,
            3 => PickleOpcode.Tuple3,
            _ => PickleOpcode.Tuple,
        });
        if (remember is not null && items.Length > 0) _memo.Add(remember, _output.WritePut());
    }

    void WriteList(IList list)
    {
        _output.Write(PickleOpcode.EmptyList);
        _memo.Add(list, _output.WritePut());
        foreach (var batch in list.Cast<object?>().Chunk(BatchSize))
        {
            _output.Write(PickleOpcode.Mark);
            foreach (var item in batch) Write(item);
            _output.Write(PickleOpcode.Appends);
        }
    }

    void WriteDict(PickleDict dict)
    {
        if (dict.IsOrderedDict) WriteEmptyOrderedDict();
        else _output.Write(PickleOpcode.EmptyDict);
        _memo.Add(dict, _output.WritePut());
        WriteItems(dict);
        if (dict.Attributes is null) return;
        Write(dict.Attributes);
        _output.Write(PickleOpcode.Build);
    }

    void WriteDict(IDictionary dict)
    {
        _output.Write(PickleOpcode.EmptyDict);
        _memo.Add(dict, _output.WritePut());
        WriteItems(dict.Keys.Cast<object>().Select(key => KeyValuePair.Create(key, dict[key])));
    }

    void WriteItems(IEnumerable<KeyValuePair<object, object?>> items)
    {
        foreach (var batch in items.Chunk(BatchSize))
        {
            _output.Write(PickleOpcode.Mark);
            foreach (var (key, value) in batch)
            {
                Write(key);
                Write(value);
            }
            _output.Write(PickleOpcode.SetItems);
        }
    }

    void WriteTensor(StoredTensor tensor)
    {
        if (tensor.IsParameter) _output.WriteGlobal("torch._utils", "_rebuild_parameter");
        _output.WriteGlobal("torch._utils", tensor.IsQuantized ? "_rebuild_qtensor" : "_rebuild_tensor_v2");
        _output.Write(PickleOpcode.Mark);
        WriteStorage(tensor.Storage);
        _output.WriteInteger(tensor.Offset);
        WriteTuple([.. tensor.Shape]);
        WriteTuple([.. tensor.Strides]);
        if (tensor.IsQuantized) WriteQuantizer(tensor.Scales);
        Write(tensor.RequiresGrad && !tensor.IsParameter);
        WriteEmptyOrderedDict();                         // backward hooks
        _output.Write(PickleOpcode.Tuple);
        _output.Write(PickleOpcode.Reduce);
        if (tensor.IsParameter)
        {
            Write(tensor.RequiresGrad);
            WriteEmptyOrderedDict();
            _output.Write(PickleOpcode.Tuple3);
            _output.Write(PickleOpcode.Reduce);
        }
        _memo.Add(tensor, _output.WritePut());
    }

    /// <summary>Per channel of axis 0, with zero points of 0.</summary>
    void WriteQuantizer(StoredTensor scales)
    {
        _output.Write(PickleOpcode.Mark);
        _output.WriteGlobal("torch", "per_channel_affine");
        Write(scales);
        WriteTensor(StoredTensor.From<long>(new long[scales.Count], scales.Count));
        _output.WriteInteger(0);
        _output.Write(PickleOpcode.Tuple);
    }

    void WriteStorage(Storage storage)
    {
        if (!_storageKeys.TryGetValue(storage, out var key))
        {
            _storageKeys.Add(storage, key = _storages.Count);
            _storages.Add(storage);
        }
        _output.Write(PickleOpcode.Mark);
        _output.WriteText("storage");
        _output.WriteGlobal("torch", storage.Type.StorageName());
        _output.WriteText($"{key}");
        _output.WriteText("cpu");
        _output.WriteInteger(storage.Count);
        if (format == CheckpointFormat.Legacy) _output.Write(PickleOpcode.None);      // a part of another storage, of old
        _output.Write(PickleOpcode.Tuple);
        _output.Write(PickleOpcode.BinPersId);
    }

    void WriteEmptyOrderedDict()
    {
        _output.WriteGlobal("collections", "OrderedDict");
        _output.Write(PickleOpcode.EmptyTuple);
        _output.Write(PickleOpcode.Reduce);
    }
}
