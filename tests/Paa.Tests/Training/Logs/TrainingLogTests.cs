using System.Text.Json;
using Paa.Data;
using Paa.Training.Logs;

namespace Paa.Tests.Training.Logs;

public sealed class TrainingLogTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    string LogPath => _folder[TrainingLog.FileName];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_ReturnsWhatWasAppended()
    {
        var run = new RunLogEntry { EnvInfo = "libtorch 1.13", ExpName = "tiny", Seed = 3, Config = "model:\n  depth: 18\n" };
        var train = new TrainLogEntry
        {
            Epoch = 1,
            Iter = 50,
            Lr = 1e-5,
            Memory = 812,
            DataTime = 0.25,
            LossCls = 1.5,
            LossBbox = 0.75,
            LossIou = 0.5,
            Loss = 2.75,
            GradNorm = 12.5,
            Time = 1.25,
        };
        var val = new ValLogEntry
        {
            Epoch = 1,
            Iter = 40,
            Lr = 0.01,
            Ap = 0.5,
            Ap50 = 0.75,
            Ap75 = 0.25,
            ApSmall = -1,
            ApLarge = 0.5,
        };
        Write(log =>
        {
            log.Append(run);
            log.Append(train);
            log.Append(val);
        });
        var history = LogReader.Read(LogPath);
        Assert.Equal([run], history.Runs);
        Assert.Equal([train], history.Train);
        Assert.Equal([val], history.Val);
    }

    [Fact]
    public void Append_WritesTheFieldsOfMmdetection()
    {
        Write(log =>
        {
            log.Append(Train(epoch: 1, iter: 50) with { GradNorm = 2 });
            log.Append(new ValLogEntry { Epoch = 1 });
        });
        var lines = File.ReadAllLines(LogPath);
        Assert.Equal(
            ["mode", "epoch", "iter", "lr", "memory", "data_time", "loss_cls", "loss_bbox", "loss_iou", "loss", "grad_norm",
            "time"],
            Fields(lines[0]));
        Assert.Equal(
            ["mode", "epoch", "iter", "lr", "bbox_mAP", "bbox_mAP_50", "bbox_mAP_75", "bbox_mAP_s", "bbox_mAP_m", "bbox_mAP_l"],
            Fields(lines[1]));
    }

    [Fact]
    public void Append_WithoutClipping_LeavesOutTheGradientNorm()
    {
        Write(log => log.Append(Train(epoch: 1, iter: 50)));
        Assert.DoesNotContain("grad_norm", File.ReadAllText(LogPath));
    }

    [Fact]
    public void Read_LeavesOutATornLastLine()
    {
        Write(log => log.Append(Train(epoch: 1, iter: 50)));
        File.AppendAllText(LogPath, """{"mode":"train","epoch":1,"it""");
        Assert.Single(LogReader.Read(LogPath).Train);
    }

    [Fact]
    public void Open_CutsOffATornLastLine()
    {
        Write(log => log.Append(Train(epoch: 1, iter: 50)));
        File.AppendAllText(LogPath, """{"mode":"train","epoch":1,"it""");
        Write(log => log.Append(Train(epoch: 1, iter: 100)));
        Assert.Equal([50, 100], LogReader.Read(LogPath).Train.Select(entry => entry.Iter));
    }

    [Fact]
    public void Read_AfterAResumption_KeepsTheLaterOfRepeatedLines()
    {
        Write(log =>
        {
            foreach (var iter in new[] { 50, 100, 150 }) log.Append(Train(epoch: 1, iter));
            log.Append(new ValLogEntry { Epoch = 1, Ap = 0.1 });
            log.Append(Train(epoch: 2, iter: 50));
        });
        Write(log =>
        {
            log.Append(new RunLogEntry());
            log.Append(Train(epoch: 1, iter: 100) with { Loss = 7 });
        });
        var history = LogReader.Read(LogPath);
        Assert.Equal([(50, 0.0), (100, 7.0)], history.Train.Select(entry => (entry.Iter, entry.Loss)));
        Assert.Empty(history.Val);
    }

    /// <summary>The fields of MMDetection 2.x; a loss that diverged is written as a bare NaN.</summary>
    [Fact]
    public void Read_TakesTheLinesOfMmdetection()
    {
        File.WriteAllLines(LogPath,
        [
            """{"env_info": "sys.platform: linux\nPyTorch: 1.5.0", "config": "model = dict(type='PAA')","""
                + """ "seed": null, "exp_name": "a.py"}""",
            """{"mode": "train", "epoch": 1, "iter": 50, "lr": 0.001, "memory": 3633, "data_time": 0.1,"""
                + """ "loss_cls": 1.2, "loss": NaN, "time": 0.5}""",
            """{"mode": "val", "epoch": 1, "iter": 5000, "lr": 0.01, "bbox_mAP": 0.21, "bbox_mAP_copypaste": "0.21 0.4"}""",
        ]);
        var history = LogReader.Read(LogPath);
        Assert.Null(Assert.Single(history.Runs).Seed);
        var train = Assert.Single(history.Train);
        Assert.Equal((50, 0.001, 3633, 1.2, double.NaN), (train.Iter, train.Lr, train.Memory, train.LossCls, train.Loss));
        Assert.Equal(0.21, Assert.Single(history.Val).Ap);
    }

    [Fact]
    public void Read_OfAFileThatIsNoLog_NamesTheLine()
    {
        File.WriteAllText(LogPath, "{}\nnot a log\n");
        Assert.Contains("line 2", Assert.Throws<DataException>(() => LogReader.Read(LogPath)).Message);
    }

    static TrainLogEntry Train(int epoch, int iter) => new() { Epoch = epoch, Iter = iter };

    static string[] Fields(string line) =>
        [.. JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(line)!.Keys];

    void Write(Action<TrainingLog> append)
    {
        using var log = new TrainingLog(_folder.Path);
        append(log);
    }
}
