using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Paa.Training.Logs;

/// <summary>Writes scalars for TensorBoard: an event file in the folder of a run, beside the JSON log.</summary>
/// <remarks>
/// TensorFlow's record format (<c>record_writer.cc</c>) around messages of <c>event.proto</c> and <c>summary.proto</c>. Only
/// wall_time, step, file_version and (tag, simple_value) are written, so the messages are encoded here by hand. Each start of a
/// run opens a new file; TensorBoard drops what a later file repeats. Not thread-safe.
/// </remarks>
sealed class TensorBoardLog : IDisposable
{
    const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;          // wire types
    const int WallTimeTag = 1 << 3 | Fixed64, StepTag = 2 << 3 | Varint;
    const int FileVersionTag = 3 << 3 | Bytes, SummaryTag = 5 << 3 | Bytes;
    const int ValueTag = 1 << 3 | Bytes, NameTag = 1 << 3 | Bytes, SimpleValueTag = 2 << 3 | Fixed32;

    readonly FileStream _file;
    readonly TimeProvider _clock;

    /// <summary>Opens a new event file.</summary>
    /// <param name="folder">The folder of the run; it must exist.</param>
    /// <param name="clock">Supplies the wall time of events; null for the system's clock.</param>
    public TensorBoardLog(string folder, TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        var time = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        var name = $"events.out.tfevents.{time}.{Environment.MachineName}.{Environment.ProcessId}";
        _file = new FileStream(Path.Combine(folder, name), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        WriteEvent(step: 0, FileVersionTag, "brain.Event:2"u8);
    }

    /// <summary>Appends scalars of one step as a single event.</summary>
    /// <param name="step">Iterations since the start of the run.</param>
    /// <param name="scalars">Names such as <c>train/loss</c>, with values.</param>
    public void Append(long step, params ReadOnlySpan<(string Name, double Value)> scalars)
    {
        var summary = new List<byte>();
        foreach (var (name, value) in scalars)
        {
            var entry = new List<byte>();
            AddBytes(entry, NameTag, Encoding.UTF8.GetBytes(name));
            entry.Add(SimpleValueTag);
            AddFixed(entry, BitConverter.SingleToUInt32Bits((float)value));
            AddBytes(summary, ValueTag, [.. entry]);
        }
        WriteEvent(step, SummaryTag, [.. summary]);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    void WriteEvent(long step, byte tag, ReadOnlySpan<byte> payload)
    {
        var message = new List<byte> { WallTimeTag };
        var seconds = (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        AddFixed(message, BitConverter.DoubleToUInt64Bits(seconds));
        message.Add(StepTag);
        AddVarint(message, (ulong)step);
        AddBytes(message, tag, payload);
        WriteRecord([.. message]);
    }

    /// <summary>Writes length, its checksum, data and its checksum, all little-endian, in one write.</summary>
    void WriteRecord(byte[] data)
    {
        var record = new byte[sizeof(ulong) + sizeof(uint) + data.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedChecksum(record.AsSpan(0, 8)));
        data.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + data.Length), MaskedChecksum(data));
        _file.Write(record);
    }

    /// <summary>CRC-32C, rotated and shifted, so that checksums of data that itself contains checksums stay useful.</summary>
    internal static uint MaskedChecksum(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data) crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }

    static void AddBytes(List<byte> message, byte tag, ReadOnlySpan<byte> payload)
    {
        message.Add(tag);
        AddVarint(message, (ulong)payload.Length);
        message.AddRange(payload);
    }

    static void AddVarint(List<byte> message, ulong value)
    {
        for (; value > 0x7f; value >>= 7) message.Add((byte)(value & 0x7f | 0x80));
        message.Add((byte)value);
    }

    static void AddFixed(List<byte> message, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        message.AddRange(bytes);
    }

    static void AddFixed(List<byte> message, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        message.AddRange(bytes);
    }
}
