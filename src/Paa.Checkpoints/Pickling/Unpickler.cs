namespace Paa.Checkpoints.Pickling;

/// <summary>Reads one pickle as data: a machine for the opcodes that PyTorch writes, which runs nothing.</summary>
/// <remarks>
/// The language is that of Python's <c>pickletools</c>, protocols 1 to 5 without extensions. Python's own loader imports and
/// calls whatever the file names; this one knows the few names of <see cref="PickleGlobals"/>. It keeps no call stack of its own,
/// and work and memory are bounded by <see cref="PickleBudget"/>, so neither depth nor declared lengths can exhaust the process.
/// </remarks>
/// <param name="input">The bytes; read up to the end of the pickle.</param>
/// <param name="budget">Shared by the pickles of one file.</param>
/// <param name="findStorage">Gives the storage of a persistent id; null where none may occur.</param>
sealed class Unpickler(PickleInput input, PickleBudget budget, Func<PickleTuple, StorageView>? findStorage = null)
{
    readonly PickleStack _stack = new();
    readonly List<object?> _memo = [];

    /// <summary>Reads the pickle.</summary>
    /// <returns>The value, as <see cref="TorchFile.Read"/> describes it.</returns>
    public object? Load()
    {
        var result = Run();
        PickleGraph.Check(result);
        return result;
    }

    /// <summary>Reads a pickle that is nothing but a storage.</summary>
    public StorageView LoadStorage() => Run() as StorageView ?? throw Damaged("has another object where a storage belongs");

    object? Run()
    {
        var opcode = (PickleOpcode)input.ReadByte();
        for (; opcode != PickleOpcode.Stop; opcode = (PickleOpcode)input.ReadByte())
        {
            budget.SpendInstruction();
            if (!ReadConstant(opcode) && !Build(opcode) && !UseMemo(opcode)) throw Unknown(opcode);
        }
        return _stack.Pop();
    }

    /// <summary>Opcodes that push a value written in the file.</summary>
    bool ReadConstant(PickleOpcode opcode)
    {
        object? value;
        switch (opcode)
        {
            case PickleOpcode.None: value = null; break;
            case PickleOpcode.NewTrue: value = true; break;
            case PickleOpcode.NewFalse: value = false; break;
            case PickleOpcode.BinInt: value = (long)(int)input.ReadNumber(4); break;
            case PickleOpcode.BinInt1: value = (long)input.ReadNumber(1); break;
            case PickleOpcode.BinInt2: value = (long)input.ReadNumber(2); break;
            case PickleOpcode.Long1: value = PickleNumbers.Integer(input.ReadBytes(input.ReadNumber(1))); break;
            case PickleOpcode.Long4: value = PickleNumbers.Integer(input.ReadBytes(input.ReadNumber(4))); break;
            case PickleOpcode.Int or PickleOpcode.Long: value = PickleNumbers.Integer(input.ReadLine()); break;
            case PickleOpcode.Float: value = PickleNumbers.Real(input.ReadLine()); break;
            case PickleOpcode.BinFloat: value = input.ReadDouble(); break;
            case PickleOpcode.ShortBinUnicode or PickleOpcode.ShortBinString: value = input.ReadText(input.ReadNumber(1)); break;
            case PickleOpcode.BinUnicode or PickleOpcode.BinString: value = input.ReadText(input.ReadNumber(4)); break;
            case PickleOpcode.BinUnicode8: value = input.ReadText(input.ReadNumber(8)); break;
            case PickleOpcode.ShortBinBytes: value = input.ReadBytes(input.ReadNumber(1)); break;
            case PickleOpcode.BinBytes: value = input.ReadBytes(input.ReadNumber(4)); break;
            case PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8: value = input.ReadBytes(input.ReadNumber(8)); break;
            case PickleOpcode.EmptyTuple: value = PickleTuple.Empty; break;
            case PickleOpcode.EmptyList or PickleOpcode.EmptySet: value = new List<object?>(); break;
            case PickleOpcode.EmptyDict: value = new PickleDict(); break;
            case PickleOpcode.Global: value = PickleGlobals.Find(input.ReadLine(), input.ReadLine()); break;
            default: return false;
        }
        _stack.Push(value);
        return true;
    }

    /// <summary>Opcodes that make values of values on the stack.</summary>
    bool Build(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Mark: _stack.Mark(); break;
            case PickleOpcode.Pop: PopOrUnmark(); break;
            case PickleOpcode.PopMark: _stack.PopToMark(); break;
            case PickleOpcode.Dup: _stack.Push(_stack.Top); break;
            case PickleOpcode.Tuple: _stack.Push(new PickleTuple(_stack.PopToMark())); break;
            case >= PickleOpcode.Tuple1 and <= PickleOpcode.Tuple3: PushTuple(opcode - PickleOpcode.Tuple1 + 1); break;
            case PickleOpcode.List or PickleOpcode.FrozenSet: _stack.Push(_stack.PopToMark().ToList()); break;
            case PickleOpcode.Dict: PushDict(_stack.PopToMark()); break;
            case PickleOpcode.Append: Extend([_stack.Pop()]); break;
            case PickleOpcode.Appends or PickleOpcode.AddItems: Extend(_stack.PopToMark()); break;
            case PickleOpcode.SetItem: SetTopItem(); break;
            case PickleOpcode.SetItems: SetItems(_stack.PopToMark()); break;
            case PickleOpcode.StackGlobal: PushGlobal(); break;
            case PickleOpcode.Reduce or PickleOpcode.NewObj: Call(); break;
            case PickleOpcode.Build: SetState(_stack.Pop()); break;
            case PickleOpcode.BinPersId: PushStorage(_stack.Pop()); break;
            default: return false;
        }
        return true;
    }

    /// <summary>Opcodes that remember values and fetch them again, and those that tell about the file.</summary>
    bool UseMemo(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Memoize: _memo.Add(_stack.Top); break;
            case PickleOpcode.BinPut: Remember(input.ReadNumber(1)); break;
            case PickleOpcode.LongBinPut: Remember(input.ReadNumber(4)); break;
            case PickleOpcode.Put: Remember(PickleNumbers.Index(input.ReadLine())); break;
            case PickleOpcode.BinGet: Recall(input.ReadNumber(1)); break;
            case PickleOpcode.LongBinGet: Recall(input.ReadNumber(4)); break;
            case PickleOpcode.Get: Recall(PickleNumbers.Index(input.ReadLine())); break;
            case PickleOpcode.Frame: input.ReadNumber(8); break;         // only a hint for buffering
            case PickleOpcode.Proto: CheckProtocol(input.ReadByte()); break;
            default: return false;
        }
        return true;
    }

    void PopOrUnmark()
    {
        if (_stack.Count > 0) _stack.Pop();
        else _stack.PopToMark();
    }

    void PushTuple(int count)
    {
        var items = new object?[count];
        for (var i = count - 1; i >= 0; i--) items[i] = _stack.Pop();
        _stack.Push(new PickleTuple(items));
    }

    void PushDict(object?[] items)
    {
        _stack.Push(new PickleDict());
        SetItems(items);
    }

    void PushGlobal()
    {
        var (name, module) = (_stack.Pop(), _stack.Pop());
        if (name is not string nameText || module is not string moduleText)
            throw Damaged("names a Python object by something that is no text");
        _stack.Push(PickleGlobals.Find(moduleText, nameText));
    }

    void PushStorage(object? id)
    {
        if (findStorage is null || id is not PickleTuple tuple) throw Damaged("refers to a storage wrongly");
        _stack.Push(findStorage(tuple));
    }

    void Extend(ReadOnlySpan<object?> items)
    {
        if (_stack.Top is not List<object?> list) throw Damaged("appends to something that is no list");
        list.AddRange(items);
    }

    void SetTopItem()
    {
        var (value, key) = (_stack.Pop(), _stack.Pop());
        SetItems([key, value]);
    }

    void SetItems(ReadOnlySpan<object?> items)
    {
        if (_stack.Top is not PickleDict dict || items.Length % 2 != 0) throw Damaged("sets items of something that is no dict");
        for (var i = 0; i < items.Length; i += 2) PlainGlobals.Set(dict, items[i], items[i + 1], budget);
    }

    void Call()
    {
        var (arguments, callee) = (_stack.Pop(), _stack.Pop());
        if (callee is not PickleGlobal { Call: { } call } || arguments is not PickleTuple tuple)
            throw Damaged("calls something that cannot be called");
        _stack.Push(call(tuple, budget));
    }

    void SetState(object? state)
    {
        if (_stack.Top is PickleDict dict && state is PickleDict attributes) dict.Attributes = attributes;
        else if (_stack.Top is NumpyType type && state is PickleTuple tuple) type.SetState(tuple);
        else if (_stack.Top is PickleObject opaque) NumpyGlobals.SetState(opaque, state, budget);
        else throw Damaged("sets the state of something that has none");
    }

    /// <summary>Every pickler numbers the memo in order, so a number beyond the instructions read so far is wrong.</summary>
    void Remember(ulong index)
    {
        if (index > (ulong)budget.Spent) throw Damaged($"remembers a value as number {index}");
        while (_memo.Count <= (int)index) _memo.Add(null);
        _memo[(int)index] = _stack.Top;
    }

    void Recall(ulong index)
    {
        if (index >= (ulong)_memo.Count) throw Damaged($"recalls a value it has not remembered (number {index})");
        _stack.Push(_memo[(int)index]);
    }

    CheckpointException Damaged(string what) => new($"{what}, near byte {input.Position} of its pickle; the file is damaged.");

    CheckpointException Unknown(PickleOpcode opcode) =>
        Damaged($"has the pickle instruction 0x{(byte)opcode:x2}, which PyTorch does not write");

    static void CheckProtocol(byte protocol)
    {
        if (protocol > 5) throw new CheckpointException($"is written in pickle protocol {protocol}; up to 5 are read.");
    }
}

/// <summary>The stack of the pickle machine, with its marks: nothing below the last mark can be taken.</summary>
sealed class PickleStack
{
    readonly List<object?> _items = [];
    readonly List<int> _marks = [];

    /// <summary>Number of values above the last mark.</summary>
    public int Count => _items.Count - Floor;

    int Floor => _marks.Count > 0 ? _marks[^1] : 0;

    /// <summary>The value on top.</summary>
    public object? Top => Count > 0 ? _items[^1] : throw Underflow();

    /// <summary>Puts a value on top.</summary>
    public void Push(object? value) => _items.Add(value);

    /// <summary>Takes the value on top.</summary>
    public object? Pop()
    {
        var value = Top;
        _items.RemoveAt(_items.Count - 1);
        return value;
    }

    /// <summary>Marks the present height.</summary>
    public void Mark() => _marks.Add(_items.Count);

    /// <summary>Takes the last mark and everything above it.</summary>
    public object?[] PopToMark()
    {
        if (_marks.Count == 0) throw Underflow();
        object?[] items = [.. System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_items)[Floor..]];
        _items.RemoveRange(Floor, items.Length);
        _marks.RemoveAt(_marks.Count - 1);
        return items;
    }

    static CheckpointException Underflow() => new("takes more values than it made; the file is damaged.");
}

/// <summary>Bounds the work and memory a pickle may ask for, whatever its length.</summary>
/// <remarks>
/// The checkpoint of a detector, with 34 instructions a tensor, takes some ten thousands of instructions; the limit keeps a
/// hostile file below some hundred megabytes and a second or two. A text may be hashed or copied often, by its number in the
/// memo: all together about once.
/// </remarks>
/// <param name="length">Length of the file in bytes.</param>
/// <param name="limit">Instructions that it may have.</param>
sealed class PickleBudget(long length, long limit = PickleBudget.Limit)
{
    /// <summary>Instructions that a checkpoint may have.</summary>
    public const long Limit = 4_000_000;

    const long FreeBytes = 64 << 20;

    readonly List<Action> _checks = [];
    long _bytes;

    /// <summary>Whether the content of NumPy arrays is wanted.</summary>
    public bool KeepsArrays { get; init; }

    /// <summary>Whether a storage inside of the pickle is being read, which cannot hold another one.</summary>
    public bool IsInStorage { get; set; }

    /// <summary>Instructions met so far.</summary>
    public long Spent { get; private set; }

    /// <summary>Counts an instruction.</summary>
    /// <exception cref="CheckpointException">There are too many.</exception>
    public void SpendInstruction()
    {
        if (++Spent > limit)
            throw new CheckpointException($"describes more than {limit} objects; this is no checkpoint of a detector.");
    }

    /// <summary>Puts a check of elements off until the storages have theirs.</summary>
    public void CheckLater(Action check) => _checks.Add(check);

    /// <summary>Does the checks that were put off.</summary>
    /// <exception cref="CheckpointException">One fails.</exception>
    public void CheckElements()
    {
        foreach (var check in _checks) check();
    }

    /// <summary>Counts a key that is hashed or a text that is copied.</summary>
    /// <exception cref="CheckpointException">It was more than the file holds and <see cref="FreeBytes"/> together.</exception>
    public void SpendBytes(long count)
    {
        _bytes += count;
        if (_bytes > FreeBytes + length) throw new CheckpointException("copies its texts again and again; it is no checkpoint.");
    }
}
