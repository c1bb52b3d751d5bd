using System.Globalization;
using System.Text;
using Paa.Platform;

namespace Paa.Data.Formats;

/// <summary>Writes a YOLO data set: <c>labels/NAME.txt</c> for each image, and <c>data.yaml</c> last.</summary>
/// <remarks>
/// Images are not copied; they belong in <c>images/</c> beside <c>labels/</c>. Crowds, which YOLO does not have, and boxes unfit
/// for training are left out. Boxes are clipped to their image.
/// </remarks>
public static class YoloWriter
{
    /// <summary>Writes a data set.</summary>
    /// <param name="folder">Created if it does not exist.</param>
    /// <param name="set">Images and boxes.</param>
    /// <returns>Number of boxes left out.</returns>
    /// <exception cref="DataException">A file name leads out of the folder, or two images would share a file.</exception>
    public static int Write(string folder, AnnotationSet set)
    {
        var labels = Path.Combine(Path.GetFullPath(folder), "labels");
        var leftOut = 0;
        var taken = new Dictionary<string, string>();
        foreach (var (image, annotations) in set.Images)
        {
            var path = Path.GetFullPath(Path.Combine(labels, Path.ChangeExtension(image.FileName, ".txt")));
            if (!path.StartsWith(labels + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new DataException(image.FileName, $"image {image.Id}: the name leads out of {labels}.");
            if (!taken.TryAdd(path, image.FileName))
                throw new DataException(image.FileName, $"its labels would be those of {taken[path]} as well: {path}.");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            CocoAnnotation[] kept = [.. annotations.Where(annotation => annotation is { IsUsable: true, IsCrowd: false })];
            leftOut += annotations.Count - kept.Length;
            WriteText(path, string.Concat(kept.Select(annotation => Line(annotation, image))));
        }
        var names = set.Categories.Select((category, label) => $"  {label}: {Quoted(category.Name)}\n");
        WriteText(Path.Combine(folder, "data.yaml"), $"path: .\ntrain: images\nval: images\nnames:\n{string.Concat(names)}");
        return leftOut;
    }

    static string Line(CocoAnnotation annotation, CocoImage image)
    {
        var (x1, x2) = (Math.Max(annotation.X, 0), Math.Min(annotation.X + annotation.Width, image.Width));
        var (y1, y2) = (Math.Max(annotation.Y, 0), Math.Min(annotation.Y + annotation.Height, image.Height));
        double[] shares =
            [(x1 + x2) / 2 / image.Width, (y1 + y2) / 2 / image.Height, (x2 - x1) / image.Width, (y2 - y1) / image.Height];
        var numbers = shares.Select(share => share.ToString("0.########", CultureInfo.InvariantCulture));
        return $"{annotation.Label} {string.Join(' ', numbers)}\n";
    }

    static string Quoted(string name) => $"\"{name.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";

    static void WriteText(string path, string text) =>
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
