using System.CommandLine;

namespace Paa.Cli.Commands;

/// <summary><c>paa zoo</c>: the detectors that MMDetection published.</summary>
static class ZooCommand
{
    public static Command Create(Shell shell) => new PaaCommand("zoo", "Lists and downloads published detectors.",
        "Every command takes a name of the zoo where it takes a checkpoint or a configuration.\n"
        + "Files go to PAA_HOME, or else to ~/.cache/paa; PAA_ZOO_URL names a mirror that has them in one folder.",
        "paa zoo list", "paa zoo download paa_r50_fpn_1x_coco", "paa predict paa_r50_fpn_1x_coco photo.jpg --out drawn")
    {
        ZooListCommand.Create(shell), ZooShowCommand.Create(shell), ZooDownloadCommand.Create(shell),
    };
}
