namespace Paa.Quantization;

/// <summary>How the range of a map is chosen; what lies beyond is clipped.</summary>
public enum RangeMethod
{
    /// <summary>The range of least mean squared error, of clipping and of rounding together.</summary>
    Mse,

    /// <summary>
    /// The range whose rounded distribution differs least from the values' (Kullback and Leibler's divergence), as in NVIDIA's
    /// TensorRT (Migacz, GTC 2017).
    /// </summary>
    Entropy,

    /// <summary>The range of 99.99 % of the values.</summary>
    Percentile,

    /// <summary>All values.</summary>
    Max,
}
