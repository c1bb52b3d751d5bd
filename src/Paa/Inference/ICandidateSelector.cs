namespace Paa.Inference;

/// <summary>Picks the candidates of a level: which anchors score in which classes.</summary>
interface ICandidateSelector
{
    /// <summary>Adds a level's candidates.</summary>
    /// <param name="classLogits">[K, H * W].</param>
    /// <param name="iouLogits">[H * W].</param>
    /// <param name="candidates">Receives one box for each of the returned anchors, not yet decoded, and their candidates.</param>
    /// <returns>Positions, in reused memory, of the boxes that were added.</returns>
    ReadOnlySpan<int> Select(ReadOnlySpan<float> classLogits, ReadOnlySpan<float> iouLogits, ScoredBoxes candidates);
}
