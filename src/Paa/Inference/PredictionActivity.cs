using System.Diagnostics;

namespace Paa.Inference;

/// <summary>
/// The stages of prediction as .NET activities, for listeners such as <c>paa predict --times</c> or OpenTelemetry.
/// </summary>
/// <remarks>Without a listener a stage costs nothing.</remarks>
public static class PredictionActivity
{
    /// <summary>Name of the activity source.</summary>
    public const string SourceName = "Paa.Prediction";

    /// <summary>Reading the weight file.</summary>
    public const string Weights = "weights";

    /// <summary>Creating the detector and loading its native libraries.</summary>
    public const string Load = "load";

    /// <summary>Reading and decoding an image file.</summary>
    public const string Read = "read";

    /// <summary>Resizing and normalising an image.</summary>
    public const string Prepare = "prepare";

    /// <summary>Running the network, and compiling it for each new input size.</summary>
    public const string Network = "network";

    /// <summary>Post-processing.</summary>
    public const string Select = "select";

    static readonly ActivitySource Source = new(SourceName);

    /// <summary>Starts a stage, which ends when the result is disposed.</summary>
    /// <param name="stage">One of the names above.</param>
    /// <returns>The activity; null without a listener.</returns>
    public static Activity? Start(string stage) => Source.StartActivity(stage);
}
