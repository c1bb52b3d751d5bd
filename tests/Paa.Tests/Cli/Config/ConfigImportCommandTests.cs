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
        Assert.StartsWith("keys that mean nothing here:\n", run.Error);
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
    public void Import_OfWhatWouldRun_IsOneLineAndCode2()
    {
        var file = _folder.Write("evil.py", "import os\nos.system('touch called')");
        Terminal.Run("config", "import", file).AssertFails(2,
            $"paa config import: {file}:1: 'import': imports are not read; write the values themselves, or use _base_");
    }
}
