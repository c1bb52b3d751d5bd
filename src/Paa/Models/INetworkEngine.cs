namespace Paa.Models;

/// <summary>Gives the layers of a network their meaning: computes them, records them into a plan or a graph, or counts their
/// cost.</summary>
/// <remarks>
/// The network is written once, over these few operations; what one engine can do better than another (fuse a norm into weights,
/// keep less for the backward pass) stays inside that engine. A map may be read any number of times.
/// </remarks>
/// <typeparam name="TMap">A feature map [N, C, H, W], or what the engine knows of it.</typeparam>
public interface INetworkEngine<TMap> where TMap : class
{
    /// <summary>act(norm(convolution(x)) + residual).</summary>
    /// <param name="layer">The convolution, with its norm if it has one.</param>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="residual">Added before that, of the result's shape; null for nothing.</param>
    /// <returns>[N, D, H', W'].</returns>
    TMap Convolution(ConvolutionLayer layer, TMap x, bool relu = false, TMap? residual = null);

    /// <summary>Two convolutions of one map, the result of the first times a factor. Apart from their width both are alike, so
    /// that an engine may compute them as one: few channels cost little more together than each alone.</summary>
    /// <param name="first">Without norm.</param>
    /// <param name="factor">Of the first result.</param>
    /// <param name="second">Without norm.</param>
    /// <param name="x">[N, C, H, W].</param>
    /// <returns>[N, D1, H', W'] and [N, D2, H', W'].</returns>
    (TMap First, TMap Second) ConvolutionPair(ConvolutionLayer first, ScaleLayer factor, ConvolutionLayer second, TMap x);

    /// <summary>The largest value of each window; padding does not count.</summary>
    /// <param name="name">Place of the result in the network.</param>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="kernel">Side of the window, in pixels.</param>
    /// <param name="stride">Step, in pixels.</param>
    /// <param name="padding">Positions around the input, fewer than the kernel.</param>
    TMap MaxPool(string name, TMap x, int kernel, int stride, int padding);

    /// <summary>A map enlarged to the height and width of another one, by nearest neighbours.</summary>
    /// <param name="x">[N, C, h, w].</param>
    /// <param name="like">[N, any, H, W].</param>
    /// <returns>[N, C, H, W].</returns>
    TMap Upsample(TMap x, TMap like);

    /// <summary>A part of the network whose inner maps nobody reads from outside, so that an engine can forget them.</summary>
    /// <param name="part">From one map to another.</param>
    /// <param name="x">What it is called with.</param>
    /// <param name="recompute">An engine that trains shall keep only <paramref name="x"/> and compute the part again for the
    /// backward pass.</param>
    TMap Part(Func<TMap, TMap> part, TMap x, bool recompute = false) => part(x);

    /// <summary>A part of the network from several maps to several others, whose inner maps nobody reads from outside.</summary>
    /// <param name="part">From maps to maps.</param>
    /// <param name="inputs">What it is called with.</param>
    TMap[] Part(Func<TMap[], TMap[]> part, TMap[] inputs) => part(inputs);
}
