// A service that finds objects in the images it is sent.
// dotnet run --project samples/DetectApi -- --Detector:Checkpoint work_dirs/mine/best.pth
// curl --data-binary @photo.jpg http://localhost:5000/detect
using Paa;
using Paa.Imaging;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddPaaDetector(builder.Configuration.GetSection("Detector"));
var app = builder.Build();

app.MapHealthChecks("/health");
app.MapGet("/classes", (Detector detector) => detector.Classes);
app.MapPost("/detect", async (HttpRequest request, Detector detector, float? score, CancellationToken stop) =>
{
    try
    {
        return Results.Ok(await detector.DetectAsync(request.Body, new() { MinScore = score }, stop));
    }
    catch (Exception error) when (error is ImageException or ArgumentException)
    {
        return Results.Problem(error.Message, statusCode: StatusCodes.Status400BadRequest);
    }
});
app.Run();
