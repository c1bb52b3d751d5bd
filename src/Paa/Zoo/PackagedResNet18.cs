using System.Security.Cryptography;
using Paa.Checkpoints;
using Paa.Onnx;
using Paa.Options;

namespace Paa.Zoo;

/// <summary>A ResNet-18 trained on ImageNet that comes as a NuGet package: <c>nuget://resnet18</c>.</summary>
/// <remarks>
/// <para>
/// The package <c>Microsoft.ML.DnnImageFeaturizer.ResNet18</c> (MIT) belongs to ML.NET. Its network was trained with CNTK and has
/// blocks [2, 2, 2, 3]: one more in the last stage than torchvision's, which fits nowhere and stays out. It pads strided
/// convolutions on one side; at even sizes that is what PyTorch's padding gives.
/// </para>
/// <para>
/// It wants blue, green and red from 0 to 255 less the means of <see cref="Means"/>. Order and scale move into the first
/// convolution, the means into the batch norm behind it, so that it runs behind any normalisation.
/// </para>
/// </remarks>
static class PackagedResNet18
{
    /// <summary>Its name in a configuration.</summary>
    public const string Name = "nuget://resnet18";

    const string Model = "tools/DnnImageModels/ResNet18Onnx/ResNet18.onnx";
    const string Sha256 = "e2552f19db2dfdb01b3669537b6a0f1b44da38d18279535492ed5dfc2ef1ff8f";

    static readonly NuGetPackage Package = new("Microsoft.ML.DnnImageFeaturizer.ResNet18", "0.23.1");

    /// <summary>Blocks of each stage.</summary>
    static ReadOnlySpan<int> Blocks => [2, 2, 2, 3];

    /// <summary>Means of blue, green and red over the mean image of the package.</summary>
    static ReadOnlySpan<double> Means => [102.97062, 116.175934, 123.48734];

    /// <summary>Whether the file is there.</summary>
    public static bool IsRestored => File.Exists(Package.PathOf(Model));

    /// <summary>The file; lets the .NET SDK restore its package where it is missing.</summary>
    /// <param name="stop">Ends the wait for the SDK.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="DownloadException">The package cannot be restored, or holds another file.</exception>
    public static string Locate(CancellationToken stop = default)
    {
        var path = Package.PathOf(Model);
        if (!IsRestored) Package.Restore(Name, Model, stop);
        using var file = File.OpenRead(path);
        var hash = Convert.ToHexStringLower(SHA256.HashData(file));
        return hash == Sha256 ? path : throw new DownloadException($"{path}: the SHA-256 begins with {hash[..8]}, expected "
            + $"{Sha256[..8]}: delete the folder of the package and try again.");
    }

    /// <summary>Its weights, under torchvision's names.</summary>
    /// <param name="path">The file of the package.</param>
    /// <param name="normalization">With which images will come.</param>
    /// <exception cref="CheckpointException">The file is missing, damaged, or another network.</exception>
    public static StateDict Read(string path, NormalizationOptions normalization)
    {
        IReadOnlyList<OnnxNode> nodes;
        try
        {
            nodes = OnnxWeights.Read(path);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            var problem = error is InvalidDataException ? error.Message : $"cannot be read: {error.Message}";
            throw new CheckpointException(problem, path, error);
        }
        var convolutions = new Queue<OnnxNode>(nodes.Where(node => node.Op == "Conv"));
        var norms = new Queue<OnnxNode>(nodes.Where(node => node.Op == "BatchNormalization"));
        var weights = new StateDict();
        Take("conv1", "bn1", [64, 3, 7, 7]);
        long channels = 64;
        for (var stage = 0; stage < Blocks.Length; stage++)
            for (var block = 0; block < Blocks[stage]; block++)
            {
                var (place, width) = ($"layer{stage + 1}.{block}", 64L << stage);
                // The graph lists the projection first.
                if (channels != width) Take($"{place}.downsample.0", $"{place}.downsample.1", [width, channels, 1, 1]);
                Take($"{place}.conv1", $"{place}.bn1", [width, channels, 3, 3]);
                Take($"{place}.conv2", $"{place}.bn2", [width, width, 3, 3]);
                channels = width;
            }
        return convolutions.Count + norms.Count == 0 ? weights : throw Foreign();

        void Take(string convolution, string norm, long[] shape)
        {
            if (!convolutions.TryDequeue(out var layer) || layer.Constants is not [var kernel]
                || !kernel.Dims.SequenceEqual(shape) || !norms.TryDequeue(out var own)
                || own.Constants is not [var scale, var shift, var mean, var variance]
                || own.Constants.Any(constant => constant.Values.Length != shape[0])) throw Foreign();
            var (values, means) = convolution == "conv1"
                ? Behind(normalization, kernel.Values, mean.Values)
                : (kernel.Values, mean.Values);
            weights.Add(convolution + ".weight", StoredTensor.From<float>(values, shape));
            foreach (var (name, vector) in new[]
            {
                ("weight", scale.Values), ("bias", shift.Values), ("running_mean", means), ("running_var", variance.Values),
            }) weights.Add($"{norm}.{name}", StoredTensor.From<float>(vector, vector.Length));
        }

        CheckpointException Foreign() =>
            new($"is not the ResNet-18 of {Package}: its layers are others.", path);
    }

    /// <summary>The first layer for pixels that come normalised: <c>(value - mean) / std</c>, red or blue first.</summary>
    /// <param name="normalization">How they come.</param>
    /// <param name="kernel">[64, 3, 7, 7] for blue, green, red less the network's own means.</param>
    /// <param name="means">[64], of its results.</param>
    /// <returns>The same layer for them. At the border, where padding is 0, the other means are taken as if they reached beyond
    /// it.</returns>
    static (float[] Kernel, float[] Means) Behind(NormalizationOptions normalization, float[] kernel, float[] means)
    {
        const int taps = 7 * 7, inputs = 3;
        var (moved, shifted) = (new float[kernel.Length], (float[])means.Clone());
        for (var output = 0; output < means.Length; output++)
            for (var input = 0; input < inputs; input++)
            {
                // Which of blue, green and red the image's channel is. Means and deviations are those of the image's channels.
                var color = normalization.ToRgb ? inputs - 1 - input : input;
                var source = kernel.AsSpan((output * inputs + color) * taps, taps);
                var own = moved.AsSpan((output * inputs + input) * taps, taps);
                var sum = 0.0;
                for (var tap = 0; tap < taps; tap++)
                {
                    own[tap] = (float)(source[tap] * normalization.Std[input]);
                    sum += source[tap];
                }
                shifted[output] -= (float)(sum * (normalization.Mean[input] - Means[color]));
            }
        return (moved, shifted);
    }
}
