using System.Buffers.Binary;
using Paa.Training.Logs;

namespace Paa.Tests.Training.Logs;

public sealed class TensorBoardLogTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Append_WritesAnEventByteForByte()
    {
        using (var log = new TensorBoardLog(_folder.Path, new FixedClock())) log.Append(step: 300, ("a", 1.5));
        var records = ReadRecords();
        // Laid out by hand from event.proto: wall_time = 1.0, step = 0, file_version.
        byte[] header = [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x10, 0, 0x1a, 13, .. "brain.Event:2"u8];
        // step = 300 is the varint ac 02; summary { value { tag "a" simple_value 1.5 (3fc00000) } }.
        byte[] scalar =
        [
            0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x10, 0xac, 0x02, 0x2a, 10, 0x0a, 8, 0x0a, 1, (byte)'a', 0x15, 0, 0, 0xc0, 0x3f,
        ];
        Assert.Equal([header, scalar], records);
    }

    [Fact]
    public void MaskedChecksum_IsThatOfTensorFlow()
    {
        // CRC-32C of "123456789" is e3069283 (RFC 3720); rotated right by 15 and shifted by a282ead8.
        var rotated = (0xe3069283u >> 15) | (0xe3069283u << 17);
        Assert.Equal(unchecked(rotated + 0xa282ead8), TensorBoardLog.MaskedChecksum("123456789"u8));
    }

    List<byte[]> ReadRecords()
    {
        var file = File.ReadAllBytes(Assert.Single(Directory.GetFiles(_folder.Path, "events.out.tfevents.*"))).AsSpan();
        List<byte[]> records = [];
        while (!file.IsEmpty)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
            Assert.Equal(TensorBoardLog.MaskedChecksum(file[..8]), BinaryPrimitives.ReadUInt32LittleEndian(file[8..]));
            var data = file.Slice(12, length);
            Assert.Equal(TensorBoardLog.MaskedChecksum(data), BinaryPrimitives.ReadUInt32LittleEndian(file[(12 + length)..]));
            records.Add(data.ToArray());
            file = file[(16 + length)..];
        }
        return records;
    }

    sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddSeconds(1);
    }
}
