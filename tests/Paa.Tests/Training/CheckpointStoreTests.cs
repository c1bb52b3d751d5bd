using Paa.Checkpoints;
using Paa.Training;

namespace Paa.Tests.Training;

public sealed class CheckpointStoreTests : IDisposable
{
    const int BatchesPerEpoch = 10;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Save_KeepsTheNewest()
    {
        var store = Store(keep: 2);
        foreach (var epoch in new[] { 1, 2, 3 }) store.SaveEpoch(epoch, Content(epoch));
        Assert.Equal(["epoch_2.pth", "epoch_3.pth", "latest.pth"], Names());
    }

    [Fact]
    public void Save_WithoutALimit_KeepsAll()
    {
        var store = Store(keep: -1);
        foreach (var epoch in new[] { 1, 2, 3 }) store.SaveEpoch(epoch, Content(epoch));
        Assert.Equal(["epoch_1.pth", "epoch_2.pth", "epoch_3.pth", "latest.pth"], Names());
    }

    [Fact]
    public void Save_OrdersEpochsAndIterationsByProgress()
    {
        var store = Store(keep: 1);
        store.SaveEpoch(9, Content(90));
        store.SaveIteration(95, Content(95));        // inside the tenth epoch
        Assert.Equal(["iter_95.pth", "latest.pth"], Names());
        store.SaveIteration(100, Content(100));
        store.SaveEpoch(10, Content(100));           // a closed epoch is further than its last iteration
        Assert.Equal(["epoch_10.pth", "latest.pth"], Names());
    }

    [Fact]
    public void SaveBest_NeitherCountsNorIsDeleted()
    {
        var store = Store(keep: 1);
        store.SaveBest(Content(1));
        store.SaveEpoch(1, Content(1));
        store.SaveEpoch(2, Content(2));
        Assert.Equal(["best.pth", "epoch_2.pth", "latest.pth"], Names());
        Assert.Equal([_folder["epoch_2.pth"]], store.Candidates());
    }

    [Fact]
    public void Latest_ReadsAsTheNewest()
    {
        var store = Store(keep: -1);
        store.SaveEpoch(1, Content(1));
        store.SaveIteration(15, Content(15));
        Assert.Equal(15L, Assert.IsType<PickleDict>(TorchFile.Read(_folder["latest.pth"]))["value"]);
    }

    [Fact]
    public void Candidates_ComeNewestFirst()
    {
        var store = Store(keep: -1);
        store.SaveEpoch(1, Content(1));
        store.SaveIteration(15, Content(15));
        store.SaveEpoch(2, Content(2));
        Assert.Equal(["epoch_2.pth", "iter_15.pth", "epoch_1.pth"], store.Candidates().Select(Path.GetFileName));
    }

    [Fact]
    public void Candidates_AfterGoingBack_PreferTheNewPartOfTheRun()
    {
        var store = Store(keep: -1);
        foreach (var epoch in new[] { 1, 2, 3 }) store.SaveEpoch(epoch, Content(epoch));
        store.SaveIteration(15, Content(15));        // taken back to epoch 1, then saved
        Assert.Equal(["iter_15.pth", "epoch_1.pth", "epoch_3.pth", "epoch_2.pth"], store.Candidates().Select(Path.GetFileName));
    }

    [Fact]
    public void Candidates_WithoutLatest_AreFoundByName()
    {
        var store = Store(keep: -1);
        store.SaveEpoch(1, Content(1));
        store.SaveEpoch(2, Content(2));
        File.Delete(_folder["latest.pth"]);
        Assert.Equal(["epoch_2.pth", "epoch_1.pth"], store.Candidates().Select(Path.GetFileName));
    }

    [Fact]
    public void Candidates_OfAFolderThatIsNotThere_AreNone() =>
        Assert.Empty(new CheckpointStore(_folder["absent"], 1, BatchesPerEpoch).Candidates());

    [Fact]
    public void Candidates_LeaveOutWhatAKilledWriterLeft()
    {
        var store = Store(keep: 1);
        store.SaveEpoch(1, Content(1));
        File.WriteAllText(_folder[".epoch_2.pth.tmp"], "half a file");
        File.WriteAllText(_folder[".latest.pth.tmp"], "half a link");
        Assert.Equal(["epoch_1.pth"], store.Candidates().Select(Path.GetFileName));
        store.SaveEpoch(2, Content(2));
        Assert.Equal(["epoch_2.pth", "latest.pth"], Names());
    }

    [Fact]
    public void Save_ThatFails_LeavesTheOldCheckpointToContinueFrom()
    {
        var store = Store(keep: 1);
        store.SaveEpoch(1, Content(1));
        var notPickled = new PickleDict { { "value", new object() } };
        Assert.Throws<CheckpointException>(() => store.SaveEpoch(2, notPickled));
        Assert.Equal(["epoch_1.pth", "latest.pth"], Names());
        Assert.Equal(["epoch_1.pth"], store.Candidates().Select(Path.GetFileName));
    }

    [Fact]
    public void SetAside_TakesADamagedFileOutOfTheCount()
    {
        var store = Store(keep: 2);
        store.SaveEpoch(1, Content(1));
        store.SaveEpoch(2, Content(2));
        store.SetAside(_folder["epoch_2.pth"]);
        Assert.Equal(["epoch_1.pth"], store.Candidates().Select(Path.GetFileName));
        store.SaveIteration(15, Content(15));
        Assert.Equal(["epoch_1.pth", "epoch_2.pth.damaged", "iter_15.pth", "latest.pth"], Names());
    }

    CheckpointStore Store(int keep) => new(_folder.Path, keep, BatchesPerEpoch);

    static PickleDict Content(long value) => new() { { "value", value } };

    string[] Names() => [.. new DirectoryInfo(_folder.Path).EnumerateFileSystemInfos().Select(entry => entry.Name)
        .Order(StringComparer.Ordinal)];
}
