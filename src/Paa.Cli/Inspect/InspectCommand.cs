using System.CommandLine;
using Paa.Cli.Shared;

namespace Paa.Cli.Inspect;

/// <summary><c>paa inspect</c>: inspects the results or the requirements of a run.</summary>
static class InspectCommand
{
    public static Command Create(Shell shell) => new PaaCommand(
        "inspect", "Inspects models, training logs and the memory of a batch.", null,
        "paa inspect model configs/paa/paa_r50_fpn_1x_coco.yaml",
        "paa inspect log work_dirs/paa_r18_bccd")
    {
        InspectModelCommand.Create(shell), InspectBatchCommand.Create(shell), InspectLogCommand.Create(shell),
    };
}
