using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Paa.Checkpoints.Pickling;

/// <summary>Bytes of a pickle being written: numbers, texts and globals in their shortest form, and the numbers of the
/// memo.</summary>
/// <remarks>A text or global that occurs again is fetched from the memo.</remarks>
sealed class PickleOutput
{
    readonly MemoryStream _bytes = new();
    readonly Dictionary<string, int> _texts = [];
    readonly Dictionary<string, int> _globals = [];
    int _memoCount;

    /// <summary>What has been written.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.GetBuffer().AsMemory(0, (int)_bytes.Length);

    /// <summary>Writes an instruction.</summary>
    public void Write(PickleOpcode opcode) => _bytes.WriteByte((byte)opcode);

    /// <summary>Writes an instruction and the lowest bytes of a number, little-endian.</summary>
    public void WriteNumber(PickleOpcode opcode, long number, int bytes)
    {
        Span<byte> buffer = stackalloc byte[9];
        buffer[0] = (byte)opcode;
        BinaryPrimitives.WriteInt64LittleEndian(buffer[1..], number);
        _bytes.Write(buffer[..(1 + bytes)]);
    }

    /// <summary>Writes an integer.</summary>
    public void WriteInteger(long number)
    {
        switch (number)
        {
            case >= 0 and <= byte.MaxValue: WriteNumber(PickleOpcode.BinInt1, number, 1); break;
            case >= 0 and <= ushort.MaxValue: WriteNumber(PickleOpcode.BinInt2, number, 2); break;
            case >= int.MinValue and <= int.MaxValue: WriteNumber(PickleOpcode.BinInt, number, 4); break;
            default: WriteLong(number); break;
        }
    }

    /// <summary>Writes an integer of any length.</summary>
    public void WriteLong(BigInteger number)
    {
        var bytes = number.ToByteArray();
        if (bytes.Length > byte.MaxValue) throw new CheckpointException($"cannot hold an integer of {bytes.Length} bytes.");
        _bytes.Write([(byte)PickleOpcode.Long1, (byte)bytes.Length]);
        _bytes.Write(bytes);
    }

    /// <summary>Writes a number with a fraction.</summary>
    public void WriteDouble(double number)
    {
        Span<byte> bytes = stackalloc byte[9];
        bytes[0] = (byte)PickleOpcode.BinFloat;
        BinaryPrimitives.WriteDoubleBigEndian(bytes[1..], number);
        _bytes.Write(bytes);
    }

    /// <summary>Writes a text, as UTF-8.</summary>
    public void WriteText(string text)
    {
        if (_texts.TryGetValue(text, out var known))
        {
            WriteGet(known);
            return;
        }
        var bytes = Encoding.UTF8.GetBytes(text);
        WriteNumber(PickleOpcode.BinUnicode, bytes.Length, 4);
        _bytes.Write(bytes);
        _texts.Add(text, WritePut());
    }

    /// <summary>Writes the name of a class or function.</summary>
    public void WriteGlobal(string module, string name)
    {
        var line = $"{module}\n{name}\n";
        if (_globals.TryGetValue(line, out var known))
        {
            WriteGet(known);
            return;
        }
        Write(PickleOpcode.Global);
        _bytes.Write(Encoding.ASCII.GetBytes(line));
        _globals.Add(line, WritePut());
    }

    /// <summary>Fetches a remembered value.</summary>
    public void WriteGet(int index) => WriteIndex(PickleOpcode.BinGet, PickleOpcode.LongBinGet, index);

    /// <summary>Remembers the value just written.</summary>
    /// <returns>Its number, for <see cref="WriteGet"/>.</returns>
    public int WritePut()
    {
        WriteIndex(PickleOpcode.BinPut, PickleOpcode.LongBinPut, _memoCount);
        return _memoCount++;
    }

    void WriteIndex(PickleOpcode small, PickleOpcode large, int index)
    {
        if (index <= byte.MaxValue) WriteNumber(small, index, 1);
        else WriteNumber(large, index, 4);
    }
}
