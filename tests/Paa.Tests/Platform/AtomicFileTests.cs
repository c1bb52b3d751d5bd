using Paa.Checkpoints;
using Paa.Platform;

namespace Paa.Tests.Platform;

public class AtomicFileTests
{
    [Fact]
    public void Write_ReplacesTheFileAndLeavesNothingElse()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.txt", "old"u8);
        folder.Write(".a.txt.tmp", "left by a process that was killed"u8);
        AtomicFile.Write(folder["a.txt"], stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(folder["a.txt"]));
        Assert.Equal([folder["a.txt"]], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Write_ThatFails_LeavesTheOldFile()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.txt", "old"u8);
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(folder["a.txt"], stream =>
        {
            stream.Write(new byte[1 << 20]);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(folder["a.txt"]));
        Assert.Equal([folder["a.txt"]], Directory.GetFiles(folder.Path));
    }

    [SkippableTheory]
    [InlineData(10)]                                     // found when the buffer is flushed at the end
    [InlineData(1 << 20)]                                // found while writing
    public void Write_OnFullDisk_SaysSoAndLeavesTheOldFile(int length)
    {
        Skip.IfNot(File.Exists("/dev/full"), "The system has no /dev/full, a device that is always full.");
        using var folder = new TemporaryFolder();
        folder.Write("a.txt", "old"u8);
        var error = Assert.ThrowsAny<IOException>(() =>
            AtomicFile.Write(folder["a.txt"], stream => stream.Write(new byte[length]),
            _ => new FileStream("/dev/full", FileMode.Open, FileAccess.Write)));
        Assert.Equal($"{folder["a.txt"]}: cannot be written: the disk is full. The old file is unchanged.", error.Message);
        Assert.Equal("old", File.ReadAllText(folder["a.txt"]));
    }

    [Fact]
    public void Write_ByASecondWriterAtOnce_IsRefused()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder["a.txt"], stream =>
        {
            stream.Write("first"u8);
            Assert.ThrowsAny<IOException>(() => AtomicFile.Write(folder["a.txt"], _ => { }));
        });
        Assert.Equal("first", File.ReadAllText(folder["a.txt"]));
    }

    [Fact]
    public void Write_ThroughALink_KeepsTheLink()
    {
        using var folder = new TemporaryFolder();
        folder.Write("epoch_1.pth", "old"u8);
        File.CreateSymbolicLink(folder["latest.pth"], "epoch_1.pth");
        AtomicFile.Write(folder["latest.pth"], stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(folder["epoch_1.pth"]));
        Assert.NotNull(new FileInfo(folder["latest.pth"]).LinkTarget);
    }

    [Fact]
    public void Write_WithoutFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.ThrowsAny<IOException>(() => AtomicFile.Write(folder["none/a.txt"], _ => { }));
        Assert.Equal($"{folder["none/a.txt"]}: cannot be written: its folder does not exist.", error.Message);
        Assert.Throws<CheckpointException>(() => TorchFile.Write(folder["none/a.pth"], null));
    }
}
