using System.Text.Json;
using System.Xml.Linq;
using Paa.Training.Logs;

namespace Paa.Tests.Cli.Inspect;

public sealed class InspectLogCommandTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Log_OfAFolder_PrintsItsEpochs()
    {
        WriteRun();
        var run = Terminal.Run("inspect", "log", _folder.Path);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal("""
            epoch  iter    loss     cls    bbox     iou     lr  s/iter  data s   MB    mAP  mAP_50  mAP_75
            -----  ----  ------  ------  ------  ------  -----  ------  ------  ---  -----  ------  ------
            1       100  1.5000  0.5000  0.7500  0.2500   0.01   0.500   0.250  812  0.125   0.250       -
            2        50  0.5000  0.0000  0.0000  0.0000  0.001   0.250   0.000  400      -       -       -

            """, run.Output);
    }

    [Fact]
    public void Log_AsJson_HasTheSameNumbers()
    {
        WriteRun();
        var run = Terminal.Run("inspect", "log", _folder[TrainingLog.FileName], "--json");
        var epochs = JsonDocument.Parse(run.Output).RootElement[0].GetProperty("epochs");
        Assert.Equal([1.5, 0.5], epochs.EnumerateArray().Select(epoch => epoch.GetProperty("loss").GetDouble()));
        Assert.Equal([0.125, null], epochs.EnumerateArray().Select(epoch => epoch.GetProperty("ap").Deserialize<double?>()));
    }

    [Fact]
    public void Log_WithOut_WritesAPageOfCurvesOfEveryRun()
    {
        WriteRun();
        var other = _folder.Write("other.log.json",
            """{"mode": "train", "epoch": 1, "iter": 50, "lr": 0.02, "loss": NaN, "time": 0.5}""" + "\n");
        var page = _folder["curves.html"];
        var run = Terminal.Run("inspect", "log", _folder.Path, other, "--out", page);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.StartsWith($"{_folder.Path}\nepoch ", run.Output);
        Assert.Contains($"\n{other}\nepoch ", run.Output);

        var charts = File.ReadAllText(page).Split("<svg").Skip(1)
            .Select(text => XElement.Parse($"<svg{text[..text.IndexOf("</svg>")]}</svg>")).ToArray();
        Assert.Equal(4, charts.Length);
        Assert.All(charts, chart => Assert.Equal(2, chart.Elements("polyline").Count()));
        var losses = charts[0].Elements("polyline").Select(line => line.Attribute("points")!.Value.Split(' ').Length);
        Assert.Equal([3, 1], losses);                       // a loss that is not finite is left out: no point, one empty text
    }

    [Fact]
    public void Log_OfSomethingElse_IsOneLine()
    {
        Terminal.Run("inspect", "log", "none.json").AssertFails(2, "paa inspect log: the log 'none.json' does not exist.");
        var file = _folder.Write("empty.json", "{}\n");
        Terminal.Run("inspect", "log", file).AssertFails(1, $"paa inspect log: {file} has no lines of mode 'train' or 'val', "
            + "as logs of this project and of MMDetection 2.x have them.");
    }

    void WriteRun()
    {
        var entry = new TrainLogEntry
        {
            Epoch = 1,
            Iter = 50,
            Lr = 0.005,
            Memory = 800,
            DataTime = 0.125,
            LossCls = 0.75,
            LossBbox = 1,
            LossIou = 0.25,
            Loss = 2,
            Time = 0.25,
        };
        using var log = new TrainingLog(_folder.Path);
        log.Append(new RunLogEntry { ExpName = "tiny" });
        log.Append(entry);
        log.Append(entry with
        {
            Iter = 100,
            Lr = 0.01,
            Memory = 812,
            DataTime = 0.25,
            LossCls = 0.25,
            LossBbox = 0.5,
            Loss = 1,
            Time = 0.5,
        });
        log.Append(new ValLogEntry { Epoch = 1, Ap = 0.125, Ap50 = 0.25, Ap75 = -1 });
        log.Append(new TrainLogEntry { Epoch = 2, Iter = 50, Lr = 0.001, Memory = 400, Loss = 0.5, Time = 0.25 });
    }
}
