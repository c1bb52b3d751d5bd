using System.CommandLine;
using Paa.Engines;
using Paa.Options;
using Paa.Training.Distributed;
using Paa.Training.Networks;

namespace Paa.Cli.Shared;

/// <summary>The options of a command that runs a detector, and the only place where they become <see
/// cref="InferenceOptions"/>.</summary>
sealed class InferenceArguments
{
    public InferenceArguments()
    {
        Engine.AcceptOnlyFromAmong("auto", "onednn", "torch");
        Precision.AcceptOnlyFromAmong("auto", "f32", "int8");
    }

    /// <summary><c>--engine onednn</c>.</summary>
    public Option<string> Engine { get; } = new("--engine")
    {
        Description = "What computes the network; auto prefers onednn.",
        DefaultValueFactory = _ => "auto",
    };

    /// <summary><c>--precision f32</c>.</summary>
    public Option<string> Precision { get; } = new("--precision")
    {
        Description = "Numbers of the network; auto takes int8 for a detector of 'paa quantize'.",
        DefaultValueFactory = _ => "auto",
    };

    /// <summary><c>--device cpu</c>.</summary>
    public Option<string?> Device { get; } = CommonOptions.Device();

    /// <summary><c>--threads 4</c>.</summary>
    public Option<int?> Threads { get; } = CommonOptions.Threads();

    /// <summary><c>--tta</c>.</summary>
    public Option<bool> Tta { get; } =
        new("--tta") { Description = "Look at each image in the scales and flips of data.tta, and merge." };

    /// <summary>What the command line says.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="config">Decides on device and threads where the command line does not.</param>
    /// <param name="world">Processes that share the work; each takes the CUDA device of its own number.</param>
    /// <exception cref="UsageException">There is no such device, or not for this engine.</exception>
    public InferenceOptions Read(ParseResult arguments, PaaConfig? config = null, World? world = null) => Create(
        arguments.GetRequiredValue(Engine),
        Enum.Parse<InferencePrecision>(arguments.GetRequiredValue(Precision), ignoreCase: true),
        arguments.GetValue(Device) ?? config?.Device, arguments.GetValue(Threads) ?? config?.ThreadCount ?? 0,
        arguments.GetValue(Tta), world);

    /// <summary>What a command without these options does: as the configuration says, by the best engine.</summary>
    public static InferenceOptions Default(PaaConfig config) =>
        Create("auto", InferencePrecision.Auto, config.Device, config.ThreadCount, isAugmented: false, world: null);

    static InferenceOptions Create(
        string engine, InferencePrecision precision, string? device, int threads, bool isAugmented, World? world)
    {
        var place = Compute.ParseDevice(world is null ? device : Compute.Place(device, world));
        if (engine == "onednn" && !place.IsCpu)
            throw new UsageException($"--engine onednn: it computes on the CPU, not on {place}; use torch or auto.");
        return new InferenceOptions
        {
            Engines = engine switch
            {
                "onednn" => [InferenceEngine.OneDnn],
                "auto" when place.IsCpu => [InferenceEngine.OneDnn, new TorchEngine(place)],
                _ => [new TorchEngine(place)],
            },
            Precision = precision,
            ThreadCount = Compute.Threads(threads, world),
            TestTimeAugmentation = isAugmented,
        };
    }
}
