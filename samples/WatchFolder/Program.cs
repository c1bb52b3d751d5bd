// Looks at every image that appears in a folder; pictures with boxes and a line of JSON for each go to its subfolder `found`.
// dotnet run --project samples/WatchFolder -- --Folder camera --Detector:Checkpoint work_dirs/mine/best.pth
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using WatchFolder;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddPaaDetector(builder.Configuration.GetSection("Detector"));
builder.Services.AddHostedService<FolderWatcher>();
builder.Build().Run();
