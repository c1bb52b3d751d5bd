using Paa.Configuration;
using Paa.Tests.Mmdetection;

namespace Paa.Tests.Cli.Config;

public sealed class ConfigImportCommandTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Import_PrintsYamlAndListsWhatMeansNothing()
    {
        var file = _folder.Write("paa.py", PaaConfigTexts.Old);
        var run = Terminal.Run("config", "import", file);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(Terminal.Run("config", "show", "paa_r50_fpn_1x_coco").Output, run.Output);
        Assert.StartsWith("means nothing here:\n", run.Error);
        var keys = run.Error.TrimEnd().Split('\n').Skip(1).Select(line => line.Split(": ")[1]);
        Assert.Equal(["dist_params", "log_config.hooks"], keys);
    }

    [Fact]
    public void Import_WithOut_WritesAFileThatLoads()
    {
        var target = _folder["paa.yaml"];
        var run = Terminal.Run("config", "import", _folder.Write("paa.py", PaaConfigTexts.New), "--out", target);
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Equal(12, ConfigLoader.Load(target).Duration.MaxEpochs);
    }

    [Fact]
    public void Import_GroupsWhatIsNotCarriedOver()
    {
        var text = PaaConfigTexts.Old
            + "\nlog_level = 'INFO'\nmodel['test_cfg']['nms']['type'] = 'soft_nms'\ncustom_hooks = [dict(type='MyHook')]\n";
        var file = _folder.Write("paa.py", text);
        var run = Terminal.Run("config", "import", file);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("""
            means nothing here:
              dist_params
              log_level
              log_config.hooks
            changes the training:
              custom_hooks[0]: the hook MyHook is not here
            changes the boxes:
              model.test_cfg.nms.type: is soft_nms, here nms with this threshold
            """, string.Join('\n', run.Error.TrimEnd().Split('\n').Select(WithoutPlace)));
        var target = _folder["paa.yaml"];
        var strict = Terminal.Run("config", "import", file, "--strict", "--out", target);
        Assert.NotEqual(0, strict.ExitCode);
        Assert.EndsWith(": model.test_cfg.nms.type: is soft_nms, here nms with this threshold (--strict)\n", strict.Error);
        Assert.False(File.Exists(target));
    }

    /// <summary>What would have to be run is unknown; it matters only where it is needed, and can be given.</summary>
    [Fact]
    public void Import_OfWhatWouldRun_NamesWhatIsMissing()
    {
        var file = _folder.Write("evil.py", PaaConfigTexts.Old
            + "\nimport os\nos.system('touch called')\nx = os.environ['A']\n"
            + "data['train']['ann_file'] = os.path.join(x, 'a.json')");
        var line = PaaConfigTexts.Old.Count(letter => letter == '\n') + 5;
        Terminal.Run("config", "import", file).AssertFails(2,
            $"paa config import: {file}:{line}: data.train.ann_file: cannot be known without running Python "
            + "('os.environ' is not read); write the value, or --set data.train.ann_file=VALUE");
        var mended = Terminal.Run("config", "import", file, "--set", "data.train.ann_file=b.json");
        Assert.Equal(0, mended.ExitCode);
        Assert.Contains("ann_file: [b.json]", mended.Output);
        Assert.False(File.Exists("called"));
    }

    static string WithoutPlace(string line) => line.StartsWith(' ') ? "  " + line.Split(": ", 2)[1] : line;
}
