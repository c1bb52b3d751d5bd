namespace Paa.Configuration;

/// <summary>Finds the name that was probably meant.</summary>
public static class NearestName
{
    const int MaxLength = 100;      // no name is longer; the distance costs the product of both lengths

    /// <summary>
    /// The candidate with the smallest edit distance if it is close enough to be a typing error; otherwise null.
    /// </summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">The valid names.</param>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        if (name.Length > MaxLength) return null;
        var nearest = candidates.MinBy(candidate => Distance(name, candidate));
        if (nearest is null) return null;
        var limit = Math.Max(2, Math.Max(name.Length, nearest.Length) / 3);
        return Distance(name, nearest) <= limit ? nearest : null;
    }

    /// <summary>Levenshtein distance: the number of letters to insert, delete or exchange.</summary>
    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();      // distances from a's first i letters to each prefix of b
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var exchanged = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(exchanged, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
