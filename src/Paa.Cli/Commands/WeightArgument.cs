using Paa.Cli.Zoo;
using Paa.Configuration;
using Paa.Options;
using Paa.Zoo;

namespace Paa.Cli.Commands;

/// <summary>An argument that names weights: a file, a name of the zoo, or an address.</summary>
static class WeightArgument
{
    /// <summary>What the help says about it.</summary>
    public const string Description = "a file, a name of 'paa zoo list', or an address";

    /// <summary>The path of the weights; downloads them, under a progress bar, unless they are there.</summary>
    /// <exception cref="UsageException">There is no such file, nor such a name.</exception>
    public static string Resolve(Shell shell, string name)
    {
        if (File.Exists(name)) return name;
        using var cache = WeightCache.OfUser();
        if (cache.Find(name) is { } file) return Downloads.Fetch(shell, cache, file);
        var nearest = NearestName.Find(name, ZooCatalogue.Models.Select(model => model.Name));
        throw new UsageException(
            $"the checkpoint '{name}' does not exist{(nearest is null ? "." : $", did you mean '{nearest}' of the zoo?")}");
    }

    /// <summary>Downloads, under a progress bar, the weights with which a run begins, if they are not files.</summary>
    public static void Prefetch(Shell shell, PaaConfig config)
    {
        if ((config.LoadFrom ?? config.Model.Backbone.Pretrained) is not { } name || File.Exists(name)) return;
        using var cache = WeightCache.OfUser();
        if (cache.Find(name) is { } file) Downloads.Fetch(shell, cache, file);
    }
}
