using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Paa.Configuration;

/// <summary>Lengths of time as people write them: <c>90s</c>, <c>15m</c>, <c>1h30m</c>, <c>1.5h</c>.</summary>
public static partial class DurationText
{
    /// <summary>What is expected, for messages.</summary>
    public const string Expected = "a time such as 90s, 15m, 1h30m or 1.5h";

    static readonly TimeSpan Longest = TimeSpan.FromDays(10_000);

    /// <summary>Reads hours, minutes and seconds, each optional and in this order.</summary>
    /// <param name="text">Numbers with the units <c>h</c>, <c>m</c> and <c>s</c>, such as <c>1h30m</c>; a unit is needed.</param>
    /// <returns>The length, 0 or more; null if the text is none.</returns>
    public static TimeSpan? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var match = Pattern().Match(text);
        if (!match.Success || text.Length == 0) return null;
        var seconds = 3600 * Value("h") + 60 * Value("m") + Value("s");
        return seconds <= (decimal)Longest.TotalSeconds
            ? TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond))
            : null;

        decimal Value(string unit) => match.Groups[unit] is { Success: true, ValueSpan: var digits }
            && decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : 0;
    }

    /// <summary>Writes a length so that <see cref="Parse"/> reads the same: <c>1h30m</c>.</summary>
    /// <param name="time">0 or more.</param>
    public static string Of(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        var text = new StringBuilder();
        var (hours, seconds) = ((long)time.TotalHours, (time.Ticks % TimeSpan.TicksPerMinute) / (decimal)TimeSpan.TicksPerSecond);
        if (hours > 0) text.Append(CultureInfo.InvariantCulture, $"{hours}h");
        if (time.Minutes > 0) text.Append(CultureInfo.InvariantCulture, $"{time.Minutes}m");
        if (seconds > 0 || text.Length == 0) text.Append(CultureInfo.InvariantCulture, $"{seconds:0.#######}s");
        return text.ToString();
    }

    const string Number = @"[0-9]{1,9}(?:\.[0-9]{1,7})?";

    [GeneratedRegex($@"^(?:(?<h>{Number})h)?(?:(?<m>{Number})m)?(?:(?<s>{Number})s)?\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
