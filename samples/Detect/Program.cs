// Detects objects in an image with nothing but the package Paa: no libtorch, no command line.
// dotnet run --project samples/Detect -- work_dirs/mine/best.pth photo.jpg
using Paa;

using var detector = Detector.Load(args[0]);
foreach (var found in detector.Detect(args[1]))
    Console.WriteLine($"{detector.Classes[found.Label]} {found.Score:F2} {found.Box}");
