using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Paa;
using Paa.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds detectors to the services of a host.</summary>
public static class DetectorServiceCollectionExtensions
{
    const string TrimmingMessage = "Reads options by reflection.";

    /// <summary>Adds a <see cref="Detector"/>, one for the process: loaded and warmed up before the host has started, disposed
    /// with it. Wrong options stop the start. A health check of the name <c>paa_detector</c> comes with it.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The same services.</returns>
    /// <example><code>
    /// builder.Services.AddPaaDetector(options =&gt; options.Checkpoint = "best.pth");
    /// app.MapPost("/detect", (Stream body, Detector detector, CancellationToken stop) =&gt;
    ///     detector.DetectAsync(body, cancellation: stop));
    /// </code></example>
    [RequiresUnreferencedCode(TrimmingMessage)]
    public static IServiceCollection AddPaaDetector(
        this IServiceCollection services, Action<DetectorHostOptions> configure) =>
        services.AddPaaDetector(Options.Options.DefaultName, configure);

    /// <summary>The same with options from the configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">Such as <c>builder.Configuration.GetSection("Detector")</c>.</param>
    /// <returns>The same services.</returns>
    [RequiresUnreferencedCode(TrimmingMessage), RequiresDynamicCode(TrimmingMessage)]
    public static IServiceCollection AddPaaDetector(this IServiceCollection services, IConfiguration section) =>
        services.AddPaaDetector(Options.Options.DefaultName, section);

    /// <summary>Adds one of several detectors, as a keyed service: <c>[FromKeyedServices("people")] Detector detector</c>. Its
    /// health check is <c>paa_detector_people</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">Key of the service; empty for the only detector, which has none.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The same services.</returns>
    [RequiresUnreferencedCode(TrimmingMessage)]
    public static IServiceCollection AddPaaDetector(
        this IServiceCollection services, string name, Action<DetectorHostOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Add(services, name).Configure(configure);
        return services;
    }

    /// <summary>The same with options from the configuration.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">Key of the service.</param>
    /// <param name="section">Such as <c>builder.Configuration.GetSection("Detectors:People")</c>.</param>
    /// <returns>The same services.</returns>
    [RequiresUnreferencedCode(TrimmingMessage), RequiresDynamicCode(TrimmingMessage)]
    public static IServiceCollection AddPaaDetector(this IServiceCollection services, string name, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        Add(services, name).Bind(section);
        return services;
    }

    [RequiresUnreferencedCode(TrimmingMessage)]
    static OptionsBuilder<DetectorHostOptions> Add(IServiceCollection services, string name)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(name);
        var key = name.Length > 0 ? name : null;                    // without one it is an ordinary service
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<DetectorHostOptions>, DetectorHostOptionsValidator>());
        if (services.Any(known => known.ServiceType == typeof(Detector) && Equals(known.ServiceKey, key)))
            return services.AddOptions<DetectorHostOptions>(name);  // twice: further options of the same detector

        if (key is null) services.AddSingleton(provider => Load(provider, name));
        else services.AddKeyedSingleton(key, (provider, _) => Load(provider, name));
        services.AddSingleton<IHostedService>(provider => new DetectorStart(
            () => Get(provider, key), provider.GetRequiredService<IOptionsMonitor<DetectorHostOptions>>().Get(name).LoadAtStart));
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            key is null ? "paa_detector" : $"paa_detector_{key}", provider => new DetectorHealthCheck(() => Get(provider, key)),
            failureStatus: null, tags: null));
        return services.AddOptions<DetectorHostOptions>(name).ValidateOnStart();
    }

    [RequiresUnreferencedCode(TrimmingMessage)]
    static Detector Load(IServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<DetectorHostOptions>>().Get(name).Load();

    static Detector Get(IServiceProvider provider, string? key) => key is null
        ? provider.GetRequiredService<Detector>() : provider.GetRequiredKeyedService<Detector>(key);
}
