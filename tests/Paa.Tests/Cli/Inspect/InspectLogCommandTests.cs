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
        Terminal.Run("inspect", "log", file).AssertFails(1, $"paa inspect log: {file} has no lines about training or "
            + "evaluations, as logs of this project and of MMDetection have them.");
        Directory.CreateDirectory(_folder["none"]);
        Terminal.Run("inspect", "log", _folder["none"]).AssertFails(2,
            $"paa inspect log: the folder '{_folder["none"]}' has no log: train.log.json, *.log.json or TIME/vis_data/*.json.");
    }

    /// <summary>A work directory of MMDetection 3.x: a run that was stopped in its second epoch and resumed.</summary>
    [Fact]
    public void Log_OfAWorkDirectoryOfMmdetection3_PrintsItsEpochs()
    {
        Write("20230101_000000/vis_data/scalars.json",
            Line(epoch: 1, iter: 50, loss: 2), Line(1, 100, 1),
            """{"coco/bbox_mAP": 0.125, "coco/bbox_mAP_50": 0.25, "coco/bbox_mAP_75": -1.0, "time": 0.2, "step": 1}""",
            Line(2, 190, 99));
        Write("20230101_000000/vis_data/20230101_000000.json", Line(epoch: 1, iter: 50, loss: 77));
        Write("20230102_000000/vis_data/20230102_000000.json",
            Line(2, 190, 0.5), Line(2, 240, 0.25),
            """{"coco/bbox_mAP": 0.25, "coco/bbox_mAP_50": 0.5, "coco/bbox_mAP_75": 0.125, "step": 2}""");
        Write("20230102_000000/vis_data/config.json", "{}");
        const string Table = """
            epoch  iter    loss     cls    bbox     iou    lr  s/iter  data s   MB    mAP  mAP_50  mAP_75
            -----  ----  ------  ------  ------  ------  ----  ------  ------  ---  -----  ------  ------
            1       100  1.5000  0.2500  0.0000  0.1250  0.01   0.500   0.250  812  0.125   0.250       -
            2       100  0.3750  0.2500  0.0000  0.1250  0.01   0.500   0.250  812  0.250   0.500   0.125

            """;
        var run = Terminal.Run("inspect", "log", _folder.Path);
        Assert.Equal((0, "", Table), (run.ExitCode, run.Error, run.Output));
        run = Terminal.Run("inspect", "log", _folder["20230101_000000"]);
        Assert.Contains("1.5000", run.Output);
        Assert.Contains("99.0000", run.Output);

        static string Line(int epoch, int iter, double loss) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $$"""
            {"lr": 0.01, "data_time": 0.25, "loss": {{loss}}, "loss_cls": 0.25, "loss_iou": 0.125, "time": 0.5,
            "epoch": {{epoch}}, "iter": {{iter}}, "memory": 812, "step": {{iter}}}
            """).Replace("\n", " ");
    }

    /// <summary>A run by iterations has no epochs: each evaluation ends one.</summary>
    [Fact]
    public void Log_OfARunByIterations_EndsAnEpochWithEachEvaluation()
    {
        Write("vis_data/scalars.json",
            """{"lr": 0.01, "loss": 2.0, "iter": 50, "step": 50}""", """{"lr": 0.01, "loss": 1.0, "iter": 100, "step": 100}""",
            """{"coco/bbox_mAP": 0.125, "step": 100}""", """{"lr": 0.01, "loss": 0.5, "iter": 150, "step": 150}""",
            """{"lr": 0.01, "loss": 0.5, "iter": 200, "step": 200}""", """{"coco/bbox_mAP": 0.25, "step": 200}""");
        var history = LogReader.Read(LogReader.Find(_folder["vis_data"]));
        Assert.Equal([(1, 50), (1, 100), (2, 50), (2, 100)], history.Train.Select(entry => (entry.Epoch, entry.Iter)));
        Assert.Equal([(1, 0.125), (2, 0.25)], history.Val.Select(entry => (entry.Epoch, entry.Ap)));
    }

    /// <summary>A work directory of MMDetection 2.x has a log for each start.</summary>
    [Fact]
    public void Log_OfAWorkDirectoryOfMmdetection2_JoinsItsLogs()
    {
        Write("20200821_100000.log.json", """{"env_info": "", "config": ""}""",
            """{"mode": "train", "epoch": 1, "iter": 50, "lr": 0.01, "loss": 9.0}""");
        Write("20200822_100000.log.json", """{"mode": "train", "epoch": 1, "iter": 50, "lr": 0.01, "loss": 1.0}""",
            """{"mode": "val", "epoch": 1, "iter": 7, "lr": 0.01, "bbox_mAP": 0.5}""");
        var history = LogReader.Read(LogReader.Find(_folder.Path));
        Assert.Equal([1.0], history.Train.Select(entry => entry.Loss));
        Assert.Equal([0.5], history.Val.Select(entry => entry.Ap));
    }

    void Write(string name, params string[] lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        _folder.Write(name, string.Concat(lines.Select(line => line.Trim() + "\n")));
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
