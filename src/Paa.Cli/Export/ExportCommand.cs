using System.CommandLine;
using Paa.Cli.Shared;

namespace Paa.Cli.Export;

/// <summary><c>paa export</c>: writes a detector for other programs.</summary>
static class ExportCommand
{
    public static Command Create(Shell shell) => new PaaCommand("export", "Writes a detector for other programs.", null,
        "paa export onnx work_dirs/mine/best.pth detector.onnx")
    {
        ExportOnnxCommand.Create(shell),
    };
}
