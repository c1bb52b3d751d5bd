using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Optim;

namespace Paa.Training;

/// <summary>The number formats and the memory layout of a training step.</summary>
/// <remarks>
/// Autocast covers only the forward pass of the network. Its outputs are converted to single precision before assignment and
/// losses; the backward pass uses the formats of the forward pass. Weights, gradients and optimiser are in single precision.
/// </remarks>
sealed class StepPrecision
{
    StepPrecision(MixedPrecision mode, bool isChannelsLast, LossScaler? scaler) =>
        (Mode, IsChannelsLast, Scaler) = (mode, isChannelsLast, scaler);

    /// <summary>
    /// A precision with all parts given, for tests: a loss scale also works where half precision does not exist.
    /// </summary>
    internal static StepPrecision Of(MixedPrecision mode, LossScaler? scaler, bool isChannelsLast = false) =>
        new(mode, isChannelsLast, scaler);

    /// <summary>Single precision throughout.</summary>
    public static StepPrecision Single { get; } = new(MixedPrecision.Off, isChannelsLast: false, scaler: null);

    /// <summary>Creates the precision of a configuration, after a check that the device supports it.</summary>
    /// <param name="options">Mode, loss scale and layout.</param>
    /// <param name="device">The device used for training.</param>
    /// <exception cref="TrainingException">libtorch does not support it on this device.</exception>
    public static StepPrecision Create(PrecisionOptions options, Device device)
    {
        var mode = options.MixedPrecision;
        if (TypeOf(mode) is { } type && Autocast.Unsupported(device, type) is { } reason)
            throw new TrainingException(
                $"train.amp: {ConfigNames.EnumName(mode)} does not work on {device} with libtorch {TorchRuntime.Version} "
                + $"({FirstLine(reason)}); "
                + $"set train.amp to {(mode == MixedPrecision.Fp16 ? "bf16 or off" : "off")}"
                + $"{(device.IsCuda ? "" : mode == MixedPrecision.Fp16 ? ", or train on a GPU with --device cuda" : "")}.");
        var scale = options.LossScale;
        var isDynamic = scale.Mode == LossScaleMode.Dynamic;
        var scaler = mode != MixedPrecision.Fp16 ? null : new LossScaler(
            scale.InitialScale, scale.GrowthFactor, scale.BackoffFactor, scale.GrowthInterval, isDynamic);
        return new StepPrecision(mode, options.ChannelsLast ?? (device.IsCuda && mode != MixedPrecision.Off), scaler);
    }

    /// <summary>The mode of the configuration.</summary>
    public MixedPrecision Mode { get; }

    /// <summary>Whether images and weights store the channels of a pixel side by side.</summary>
    public bool IsChannelsLast { get; }

    /// <summary>The type of convolutions; null for single precision.</summary>
    public ScalarType? Type => TypeOf(Mode);

    /// <summary>The loss scale of half precision; null in other modes.</summary>
    public LossScaler? Scaler { get; }

    /// <summary>The name for logs: <c>off</c>, <c>bf16</c> or <c>fp16</c>.</summary>
    public override string ToString() => ConfigNames.EnumName(Mode);

    static ScalarType? TypeOf(MixedPrecision mode) => mode switch
    {
        MixedPrecision.Bf16 => ScalarType.BFloat16,
        MixedPrecision.Fp16 => ScalarType.Float16,
        _ => null,
    };

    static string FirstLine(string text) => text.Trim().Split('\n')[0];
}
