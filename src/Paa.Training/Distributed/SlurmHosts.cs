using System.Globalization;
using System.Text.RegularExpressions;

namespace Paa.Training.Distributed;

/// <summary>Slurm's short forms: <c>gpu[01-03,7],login</c> for hosts and <c>8(x2),4</c> for tasks a host.</summary>
public static partial class SlurmHosts
{
    const int MaxHosts = 100_000;   // a wrong list must not fill the memory

    /// <summary>The hosts of a list, in its order.</summary>
    /// <exception cref="DistributedException">It is no such list.</exception>
    public static IReadOnlyList<string> Expand(string list)
    {
        var hosts = new List<string>();
        var end = 0;
        foreach (Match match in HostPattern().Matches(list))
        {
            if (match.Index != end) break;
            end = match.Index + match.Length;
            Add(hosts, match.Groups["prefix"].Value, match.Groups["ranges"], match.Groups["suffix"].Value, list);
        }
        return end == list.Length && hosts.Count > 0 ? hosts : throw Wrong(list);
    }

    /// <summary>Tasks of each host.</summary>
    /// <exception cref="DistributedException">It is no such list.</exception>
    public static IReadOnlyList<int> ExpandCounts(string list)
    {
        var counts = new List<int>();
        foreach (var part in list.Split(','))
        {
            var match = CountPattern().Match(part);
            if (!match.Success) throw Wrong(list);
            var times = match.Groups["times"].Success ? Parse(match.Groups["times"].Value, list) : 1;
            if (counts.Count + times > MaxHosts) throw Wrong(list);
            counts.AddRange(Enumerable.Repeat(Parse(match.Groups["count"].Value, list), times));
        }
        return counts;
    }

    static void Add(List<string> hosts, string prefix, Group ranges, string suffix, string list)
    {
        if (!ranges.Success)
        {
            hosts.Add(prefix + suffix);
            return;
        }
        foreach (var range in ranges.Value.Split(','))
        {
            var ends = range.Split('-');
            var (first, last) = (Parse(ends[0], list), Parse(ends[^1], list));
            if (ends.Length > 2 || last < first || last - first >= MaxHosts) throw Wrong(list);
            for (var number = first; number <= last; number++)
                hosts.Add(prefix + number.ToString(CultureInfo.InvariantCulture).PadLeft(ends[0].Length, '0') + suffix);
        }
    }

    static int Parse(string digits, string list) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong(list);

    static DistributedException Wrong(string list) => new($"\"{list}\" is no list of Slurm: expected a form like gpu[01-04,7] or 8(x2),4.");

    [GeneratedRegex(@"\G(?<prefix>[^\[\],]+)(?:\[(?<ranges>[^\[\]]+)\](?<suffix>[^\[\],]*))?(?:,(?=.)|$)")]
    private static partial Regex HostPattern();

    [GeneratedRegex(@"^(?<count>\d+)(?:\(x(?<times>\d+)\))?$")]
    private static partial Regex CountPattern();
}
