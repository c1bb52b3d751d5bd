using System.Diagnostics;
using System.Security.Cryptography;
using Paa.Imaging;

namespace Paa.Tests.Imaging;

/// <summary>OpenCV itself as a second witness, where Debian's python3-opencv is installed.</summary>
public class OpenCvWitnessTests : IDisposable
{
    const string Python = "/usr/bin/python3";

    const string Script = """
        import cv2, hashlib, sys
        for name in sys.stdin.read().split("\n"):
            image = cv2.imread(name) if name else None
            if image is not None: print(name, *image.shape[:2], hashlib.sha1(image.tobytes()).hexdigest())
        """;

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("paa-witness-");

    public void Dispose() => _folder.Delete(recursive: true);

    [SkippableFact]
    public void WrittenFiles_DecodeEqually()
    {
        var files = new List<string>();
        foreach (var (height, width) in new[] { (1, 1), (17, 3), (64, 48), (211, 333) })
            foreach (var extension in new[] { ".jpg", ".png", ".bmp", ".webp", ".tiff" })
                foreach (var quality in new[] { 30, 92, 100 })
                {
                    using var small = TestImages.Noise((height + 7) / 8, (width + 7) / 8, quality);
                    using var image = small.Resize(height, width);
                    files.Add(Path.Combine(_folder.FullName, $"{height}x{width}_{quality}{extension}"));
                    image.Save(files[^1], quality);
                }
        Assert.Equal(Ask(files), files.Select(Decode));
    }

    /// <summary>Blocks turn out wrong, and in both the same; numbers that overflow in them are cut in different ways.</summary>
    [SkippableFact]
    public void DamagedJpegFiles_DecodeAlmostAlwaysEqually()
    {
        using var small = TestImages.Noise(20, 30);
        using var image = small.Resize(160, 240);
        var whole = image.Encode(".jpg");
        var random = new Random(4);
        var files = new List<string>();
        for (var i = 0; i < 40; i++)
        {
            var damaged = whole.ToArray();
            random.NextBytes(damaged.AsSpan(random.Next(700, damaged.Length - 20), 1 + i % 8));
            files.Add(Path.Combine(_folder.FullName, $"{i}.jpg"));
            File.WriteAllBytes(files[^1], damaged);
        }
        var witness = Ask(files);
        Assert.InRange(witness.Intersect(files.Select(Decode)).Count(), files.Count * 9 / 10, files.Count);
    }

    static string Decode(string file)
    {
        using var image = Image.Load(file);
        return $"{file} {image.Height} {image.Width} {Convert.ToHexStringLower(SHA1.HashData(image.Pixels))}";
    }

    static string[] Ask(List<string> files)
    {
        Skip.IfNot(File.Exists(Python), $"there is no {Python}");
        var start = new ProcessStartInfo(Python, ["-c", Script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        process.StandardInput.Write(string.Join('\n', files));
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Skip.If(process.ExitCode != 0, "python3-opencv is not installed");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
