using System.CommandLine;
using Paa.Cli.Shared;

namespace Paa.Cli.Data;

/// <summary><c>paa data</c>: inspects, converts and creates data sets.</summary>
static class DataCommand
{
    public static Command Create(Shell shell) => new PaaCommand("data", "Looks at data sets, converts them, and makes one.", null,
        "paa data check --ann my/train.json --images my/images",
        "paa data stats configs/bccd/paa_r18_bccd.yaml",
        "paa data browse configs/bccd/paa_r18_bccd.yaml --out browsed",
        "paa data convert voc VOC2007/Annotations --out voc.json",
        "paa data synth data/shapes")
    {
        DataCheckCommand.Create(shell), DataStatsCommand.Create(shell), DataBrowseCommand.Create(shell),
        DataConvertCommand.Create(shell), DataSynthCommand.Create(shell),
    };
}
