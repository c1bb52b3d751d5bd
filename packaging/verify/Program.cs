// Detects with the package Paa and compares with results of `paa predict --json`: those of the machine that made the packages, and
// those of the installed command. Arguments: checkpoint, photograph, lowest score, files of results.
using System.Globalization;
using System.Text.Json;
using Paa;

const float Tolerance = 1e-2f;      // pixels, and a hundredth of it for scores
using var detector = Detector.Load(args[0], detection: new() { MinScore = float.Parse(args[2], CultureInfo.InvariantCulture) });
var found = detector.Detect(args[1]);
var isEqual = found.Length > 0;
foreach (var file in args[3..])
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
    Console.WriteLine($"{file}: {found.Length} objects here, {expected.Length} there; largest difference {difference:0.0000} px");
    isEqual &= paired == expected.Length && difference <= Tolerance;
}
return isEqual ? 0 : 1;

static float Difference(Paa.Boxes.Box box, JsonElement corners)
{
    float[] own = [box.X1, box.Y1, box.X2, box.Y2];
    return own.Zip(corners.EnumerateArray(), (a, b) => Math.Abs(a - b.GetSingle())).Max();
}
