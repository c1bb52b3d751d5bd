// Detects with the package Paa and compares with results of `paa predict --json`: those of the machine that made the packages,
// and those of the installed command. Arguments: checkpoint, photograph, lowest score, files of results.
using System.Globalization;
using System.Text.Json;
using Paa;
using Paa.Engines;
using Paa.Inference;

const float Tolerance = 1e-2f;      // pixels, and a hundredth of it for scores
var options = new DetectionOptions { MinScore = float.Parse(args[2], CultureInfo.InvariantCulture) };
var isEqual = true;
foreach (var engine in new[] { InferenceEngine.OneDnn, InferenceEngine.Onnx })
{
    using var detector = Detector.Load(args[0], new InferenceOptions { Engines = [engine] }, detection: options);
    var found = detector.Detect(args[1]);
    isEqual &= found.Length > 0;
    foreach (var file in args[3..]) isEqual &= IsEqual(found, file, engine);
}
return isEqual ? 0 : 1;

static bool IsEqual(Detection[] found, string file, InferenceEngine engine)
{
    using var json = JsonDocument.Parse(File.ReadAllText(file));
    var expected = json.RootElement.GetProperty("images")[0].GetProperty("detections").EnumerateArray().ToArray();
    var difference = 0f;
    var paired = expected.Length == found.Length ? 0 : int.MinValue;
    var left = found.ToList();
    foreach (var other in expected)
    {
        // Neighbours of equal score may stand in either order.
        var nearest = left.Where(own => own.Name == other.GetProperty("class").GetString())
            .MinBy(own => Difference(own.Box, other.GetProperty("box")));
        if (!left.Remove(nearest)) continue;
        paired++;
        difference = Math.Max(difference, Difference(nearest.Box, other.GetProperty("box")));
        difference = Math.Max(difference, 100 * Math.Abs(nearest.Score - other.GetProperty("score").GetSingle()));
    }
    Console.WriteLine($"{engine}, {file}: {found.Length} objects here, {expected.Length} there, {difference:0.0000} px apart");
    return paired == expected.Length && difference <= Tolerance;
}

static float Difference(Paa.Boxes.Box box, JsonElement corners)
{
    float[] own = [box.X1, box.Y1, box.X2, box.Y2];
    return own.Zip(corners.EnumerateArray(), (a, b) => Math.Abs(a - b.GetSingle())).Max();
}
