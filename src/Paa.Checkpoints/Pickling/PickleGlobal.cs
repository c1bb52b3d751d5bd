namespace Paa.Checkpoints.Pickling;

/// <summary>A class or function of Python that a pickle may name, as what it means here. No code of the file's choice
/// runs.</summary>
/// <param name="Name">Module and name, with a dot.</param>
/// <param name="Call">Makes the value from the arguments; null if the global cannot be called. The budget bounds what is
/// copied.</param>
/// <param name="StorageType">Element type, if the global is one of PyTorch's storage classes.</param>
sealed record PickleGlobal(string Name, Func<PickleTuple, PickleBudget, object?>? Call, ScalarType? StorageType = null);
