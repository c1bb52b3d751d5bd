namespace Paa.Inference;

/// <summary>In which numbers a network is computed.</summary>
public enum InferencePrecision
{
    /// <summary>8-bit integers where the detector is quantised and engine and processor can, else single precision.</summary>
    Auto,

    /// <summary>Single precision, also of a quantised detector.</summary>
    F32,

    /// <summary>8-bit integers, or an error that says why not.</summary>
    Int8,
}
