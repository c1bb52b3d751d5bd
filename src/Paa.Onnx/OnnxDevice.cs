using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Paa.Onnx;

/// <summary>Where ONNX Runtime computes. What there is beside the CPU is a matter of the package that a program
/// references.</summary>
public sealed record OnnxDevice
{
    static readonly (string Name, string Provider, string Package)[] Known =
    [
        ("cpu", "CPUExecutionProvider", "Microsoft.ML.OnnxRuntime"),
        ("cuda", "CUDAExecutionProvider", "Microsoft.ML.OnnxRuntime.Gpu"),
        ("directml", "DmlExecutionProvider", "Microsoft.ML.OnnxRuntime.DirectML"),
        ("coreml", "CoreMLExecutionProvider", "Microsoft.ML.OnnxRuntime on macOS"),
    ];

    readonly string _provider;
    readonly string _package;

    OnnxDevice((string Name, string Provider, string Package) kind, int index) =>
        (Name, _provider, _package, Index) = (kind.Name, kind.Provider, kind.Package, index);

    /// <summary>The processor.</summary>
    public static OnnxDevice Cpu { get; } = new(Known[0], 0);

    /// <summary><c>cpu</c>, <c>cuda</c>, <c>directml</c> or <c>coreml</c>.</summary>
    public string Name { get; }

    /// <summary>Which of several.</summary>
    public int Index { get; }

    /// <summary>Whether it is the processor.</summary>
    public bool IsCpu => Name == Cpu.Name;

    /// <summary>Why it cannot be used, to end a sentence with; null if its provider is there.</summary>
    /// <exception cref="OnnxException">There is no ONNX Runtime.</exception>
    public string? Obstacle => OnnxRuntime.Providers.Contains(_provider)
        ? null
        : $"this program's ONNX Runtime {OnnxRuntime.Version} has no {_provider} for the device {this}, only "
            + $"{string.Join(", ", OnnxRuntime.Providers)}; reference the package {_package} instead";

    /// <summary>Reads <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>, <c>directml</c>, <c>coreml</c>.</summary>
    /// <param name="text">A name, with an index where there are several.</param>
    /// <param name="device">The device.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out OnnxDevice? device)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.ToLowerInvariant().Split(':');
        var index = 0;
        device = parts.Length <= 2 && Known.FirstOrDefault(known => known.Name == parts[0]) is { Name: not null } kind
            && (parts.Length == 1 || (int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out index)
                && kind.Name is "cuda" or "directml"))
            ? new OnnxDevice(kind, index) : null;
        return device is not null;
    }

    /// <summary>As <see cref="TryParse"/>.</summary>
    /// <param name="text">A name, with an index where there are several.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static OnnxDevice Parse(string text) => TryParse(text, out var device) ? device : throw new FormatException(
        $"OnnxDevice: expected cpu, cuda, cuda:INDEX, directml or coreml, got {text}.");

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => Index == 0 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}:{Index}");

    /// <exception cref="OnnxException">Its provider is not there.</exception>
    internal void AddTo(SessionOptions options)
    {
        if (IsCpu) return;
        if (Obstacle is { } obstacle) throw new OnnxException($"ONNX Runtime: {obstacle}.");
        switch (Name)
        {
            case "cuda":
                options.AppendExecutionProvider_CUDA(Index);
                break;
            case "directml":
                options.AppendExecutionProvider_DML(Index);
                break;
            default:
                options.AppendExecutionProvider_CoreML();
                break;
        }
    }
}
