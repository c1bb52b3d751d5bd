namespace Paa.Evaluation;

/// <summary>Sorts by descending score; entries of equal score keep their order.</summary>
static class ScoreOrder
{
    /// <summary>Reorders <paramref name="order"/> by the scores beside it.</summary>
    /// <param name="scores">Overwritten.</param>
    /// <param name="order">Ascending numbers on entry.</param>
    public static void SortDescending(Span<double> scores, Span<int> order)
    {
        for (var i = 0; i < scores.Length; i++) scores[i] = -scores[i];
        scores.Sort(order);
        // The sort is fast, but not stable: put runs of equal scores back in order.
        for (int start = 0, end; start < scores.Length; start = end)
        {
            for (end = start + 1; end < scores.Length && scores[end] == scores[start];) end++;
            if (end - start > 1) order[start..end].Sort();
        }
    }
}
