using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Paa.Benchmarks.Report;
using Paa.Benchmarks.Works;
using Paa.Checkpoints;
using Paa.Options;
using Paa.Training.Networks;

namespace Paa.Benchmarks.Running;

/// <summary>
/// The row of <c>paa predict</c>: how long a whole process takes beyond the network itself.
/// </summary>
/// <remarks>
/// The process predicts the same picture twice. Two times are subtracted from its life, from fork to exit: twice that of the
/// <em>second</em> network call, and that of reading and post-processing the second picture. What is left is everything else
/// that one picture costs: the start of the runtime, reading 130 MB of weights, choosing kernels and converting weights for
/// them (which the first network call does), decoding, post-processing, and the end.
/// </remarks>
static partial class PredictStart
{
    /// <summary>For <c>--only</c>.</summary>
    public const string Id = "predict";

    /// <summary>What is done.</summary>
    public const string Work = "paa predict, one image, R-50: everything but the network";

    static readonly Requirement Goal = new(1.0, 0.4, IsUpper: true, Unit: "s");

    /// <summary>Measures it.</summary>
    public static ResultRow Run(bool isQuick, Action<string> progress)
    {
        var row = new ResultRow
        {
            Id = Id,
            Work = Work,
            Unit = "s",
            Required = Goal.Text,
            Stretch = Goal.Stretch,
            Command = $"./build.sh bench --only {Id}",
        };
        if (!File.Exists(RepositoryFiles.Paa)) return row with { Note = $"ours is missing: no {RepositoryFiles.Paa}" };
        progress(Id);
        var (checkpoint, photo, again) = Prepare();
        var (seconds, parts) = (new List<double>(), "");
        for (var round = 0; round < (isQuick ? 4 : 8); round++)
        {
            var (wall, report) = Predict(checkpoint, photo, again);
            var network = Times(report, "network");
            if (network.Length != 2) return row with { Note = $"ours is missing: paa predict --times said: {report}" };
            var second = Names.Where(name => name != "network").Sum(name => Times(report, name) is [_, var again] ? again : 0);
            if (round > 0) seconds.Add(wall - 2 * network[1] - second);                // the first one reads the disk
            parts = report;
        }
        var sample = new RoundTimes(seconds);
        return row with
        {
            Ours = sample.Median,
            Met = Goal.IsMetBy(sample.Median),
            OursSpread = new Spread(sample.Min, sample.Max),
            Rounds = sample.Count,
            Note = $"the last process, which predicted twice: {parts}",
        };
    }

    static readonly string[] Names = ["read", "prepare", "network", "select"];

    /// <summary>A detector with random weights and two copies of a photo.</summary>
    static (string Checkpoint, string Photo, string Again) Prepare()
    {
        Directory.CreateDirectory(RepositoryFiles.Problems);
        var photo = Path.Combine(RepositoryFiles.Problems, "photo_480x640.jpg");
        if (!File.Exists(photo)) ImageWork.WritePhoto(photo, height: 480, width: 640);
        var again = Path.Combine(RepositoryFiles.Problems, "photo_480x640_again.jpg");      // a file is predicted only once
        File.Copy(photo, again, overwrite: true);
        var checkpoint = Path.Combine(RepositoryFiles.Problems, "r50.pth");
        if (!File.Exists(checkpoint))
        {
            using var detector = new TorchDetector(new PaaConfig().Model);
            detector.InitializeWeights(seed: 0);
            TorchFile.Write(checkpoint, new PickleDict { ["state_dict"] = detector.ToStateDict().ToGraph() });
        }
        return (checkpoint, photo, again);
    }

    static (double Seconds, string Report) Predict(string checkpoint, string photo, string again)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(
            RepositoryFiles.Paa, ["predict", checkpoint, photo, again, "--times"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        var report = errors.Split('\n').LastOrDefault(line => line.Contains("network", StringComparison.Ordinal)) ?? errors;
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, report.Trim());
    }

    /// <summary>The numbers after a name: <c>network 2.041 then 1.650</c>.</summary>
    static double[] Times(string report, string name) =>
        Part().Matches(report).FirstOrDefault(part => part.Groups[1].Value == name) is { } found
            ? [.. found.Groups.Values.Skip(2).Where(group => group.Success)
                .Select(group => double.Parse(group.Value, CultureInfo.InvariantCulture))]
            : [];

    [GeneratedRegex("([a-z]+) ([0-9.]+)(?: then ([0-9.]+))?")]
    private static partial Regex Part();
}
