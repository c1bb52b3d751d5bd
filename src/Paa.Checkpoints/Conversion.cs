namespace Paa.Checkpoints;

/// <summary>What a conversion did.</summary>
/// <param name="TensorCount">Tensors written, without those of the optimiser.</param>
/// <param name="ByteCount">Length of the new file.</param>
/// <param name="LeftOut">What the new file lacks of the source: <c>optimizer</c>, <c>message_hub</c>, names of tensors.</param>
public sealed record Conversion(int TensorCount, long ByteCount, IReadOnlyList<string> LeftOut);
