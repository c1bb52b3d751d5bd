using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Paa.Engines;
using Paa.Hosting;
using Paa.Imaging;
using Paa.Tests.Models;

namespace Paa.Tests.Hosting;

[Collection("Native")]
public sealed class AddPaaDetectorTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly string _checkpoint;

    public AddPaaDetectorTests()
    {
        using var weights = SmallDetector.Create();
        _checkpoint = SmallDetector.Save(weights, _folder["small.pth"], "a", "b", "c");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Detector_IsReadFromTheConfiguration_WarmAtStart_HealthyUntilDisposed()
    {
        using var image = Picture();
        using var expected = Detector.Load(_checkpoint, detection: new() { Classes = ["b"], MaxDetections = 7 });
        var best = expected.Detect(image);
        var minScore = (best[3].Score + best[4].Score) / 2;          // between the fourth and the fifth
        var services = Services(
            services => services.AddPaaDetector(Section("Detector")),
            ("Detector:Checkpoint", _checkpoint), ("Detector:Classes:0", "b"),
            ("Detector:MinScore", minScore.ToString("R", CultureInfo.InvariantCulture)),
            ("Detector:MaxDetections", "7"), ("Detector:Engine", "onednn"));
        await Start(services);
        var detector = services.GetRequiredService<Detector>();
        Assert.Same(detector, services.GetRequiredService<Detector>());
        var found = detector.Detect(image);
        Assert.Equal(best[..4], found);

        var health = services.GetRequiredService<HealthCheckService>();
        var report = await health.CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, report.Entries["paa_detector"].Status);
        Assert.Equal("3 classes", report.Entries["paa_detector"].Description);
        detector.Dispose();
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync()).Status);
        await services.DisposeAsync();
    }

    [Fact]
    public async Task NamedDetectors_AreKeyedServices_WithAHealthCheckEach()
    {
        using var image = Picture();
        await using var services = Services(services => services
            .AddPaaDetector("all", options => options.Checkpoint = _checkpoint)
            .AddPaaDetector("few", options => options.Checkpoint = _checkpoint)
            .AddPaaDetector("few", options => options.MaxDetections = 1));
        await Start(services);
        Assert.True(services.GetRequiredKeyedService<Detector>("all").Detect(image).Length > 1);
        Assert.Single(services.GetRequiredKeyedService<Detector>("few").Detect(image));
        Assert.Null(services.GetService<Detector>());
        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(["paa_detector_all", "paa_detector_few"], report.Entries.Keys.Order());
    }

    [Theory]
    [InlineData("", "", "Detector: Checkpoint: expected a file or a name of the zoo, got nothing.")]
    [InlineData("Engine", "cuda", "Detector: Engine: expected auto, onednn or onnx, one that computes on cpu, got 'cuda'.")]
    [InlineData("Device", "gpu", "Detector: Device: expected cpu, cuda, cuda:INDEX, directml or coreml, got 'gpu'.")]
    [InlineData("MinScore", "30", "Detector: MinScore: expected 0 to 1, got 30.")]
    [InlineData("MaxDetections", "0", "Detector: MaxDetections: expected at least 1, got 0.")]
    public async Task WrongOptions_StopTheStart(string key, string value, string message)
    {
        (string, string)[] settings = key.Length == 0 ? [] : [("Checkpoint", "x.pth"), (key, value)];
        await using var services = Services(services => services.AddPaaDetector(Section("")), settings);
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => Start(services));
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public async Task AMissingCheckpoint_StopsTheStart_UnlessLoadingIsLeftToTheFirstUse()
    {
        await using var eager = Services(services => services.AddPaaDetector(options => options.Checkpoint = "missing.pth"));
        var error = await Assert.ThrowsAsync<Paa.Checkpoints.CheckpointException>(() => Start(eager));
        Assert.Contains("missing.pth: there is no such file", error.Message);
        await using var lazy = Services(services => services.AddPaaDetector(
            options => (options.Checkpoint, options.LoadAtStart) = ("missing.pth", false)));
        await Start(lazy);
        var report = await lazy.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Contains("missing.pth", report.Entries["paa_detector"].Description);
    }

    [Fact]
    public void Device_ThatThePackageLacks_StopsTheStart_AndOneLineSaysWhatToReference()
    {
        var options = new DetectorHostOptions { Checkpoint = _checkpoint, Device = "directml" };
        var error = Assert.Throws<EngineException>(() => options.Load());
        Assert.Contains("no DmlExecutionProvider for the device directml", error.Message);
        Assert.Contains("Microsoft.ML.OnnxRuntime.DirectML", error.Message);
    }

    IConfigurationRoot? _configuration;

    IConfiguration Section(string name) => name.Length == 0 ? _configuration! : _configuration!.GetSection(name);

    ServiceProvider Services(Action<IServiceCollection> add, params (string Key, string Value)[] settings)
    {
        _configuration = new ConfigurationBuilder().AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
        var services = new ServiceCollection();
        services.AddLogging();
        add(services);
        return services.BuildServiceProvider();
    }

    /// <summary>What a host does: options are validated, then services start.</summary>
    static async Task Start(IServiceProvider services)
    {
        services.GetService<IStartupValidator>()?.Validate();
        foreach (var service in services.GetServices<IHostedService>().OfType<DetectorStart>()) await service.StartAsync(default);
    }

    static Image Picture()
    {
        var image = new Image(50, 90);
        new Random(3).NextBytes(image.Pixels);
        return image;
    }
}
