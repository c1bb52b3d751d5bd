using System.Diagnostics;

namespace Paa.Inference;

/// <summary>
/// The stages of prediction as activities of .NET, for whoever listens: <c>paa predict --times</c>, or OpenTelemetry.
/// </summary>
/// <remarks>Without a listener a stage costs nothing.</remarks>
public static class PredictionActivity
{
    /// <summary>Name of the source, for a listener.</summary>
    public const string SourceName = "Paa.Prediction";

    /// <summary>Reading the file of the weights.</summary>
    public const string Weights = "weights";

    /// <summary>Making a detector of them, and waiting for its libraries.</summary>
    public const string Load = "load";

    /// <summary>Reading and decoding an image file.</summary>
    public const string Read = "read";

    /// <summary>Resizing and normalising an image.</summary>
    public const string Prepare = "prepare";

    /// <summary>The network. The first time for an input size it is compiled, too.</summary>
    public const string Network = "network";

    /// <summary>Post-processing.</summary>
    public const string Select = "select";

    static readonly ActivitySource Source = new(SourceName);

    /// <summary>Begins a stage, which ends when the result is disposed.</summary>
    /// <param name="stage">One of the names above.</param>
    /// <returns>Null if nobody listens.</returns>
    public static Activity? Start(string stage) => Source.StartActivity(stage);
}
