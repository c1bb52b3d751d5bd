// Detects objects in an image with nothing but the package Paa: no libtorch, no command line.
// dotnet run --project samples/Detect -- work_dirs/mine/best.pth photo.jpg [drawn.jpg]
using Paa;

using var detector = Detector.Load(args[0], detection: new() { MinScore = 0.3f });
var objects = detector.Detect(args[1]);
foreach (var found in objects)
    Console.WriteLine($"{found.Name} {found.Score:P0} {found.Box}");
if (args.Length > 2) detector.Draw(args[1], objects, args[2]);
