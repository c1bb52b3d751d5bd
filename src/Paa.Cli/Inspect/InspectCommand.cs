using System.CommandLine;
using Paa.Cli.Shared;

namespace Paa.Cli.Inspect;

/// <summary><c>paa inspect</c>: looks into what a run made or is about to make.</summary>
static class InspectCommand
{
    public static Command Create(Shell shell) => new PaaCommand(
        "inspect", "Looks into models, training logs, and what a batch needs.", null,
        "paa inspect model configs/paa/paa_r50_fpn_1x_coco.yaml",
        "paa inspect log work_dirs/paa_r18_bccd")
    {
        InspectModelCommand.Create(shell), InspectBatchCommand.Create(shell), InspectLogCommand.Create(shell),
    };
}
