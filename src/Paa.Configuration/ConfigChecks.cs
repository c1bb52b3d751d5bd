using System.Globalization;

namespace Paa.Configuration;

/// <summary>
/// Helpers for checks of a configuration: each requires a value in its range, or throws one line that says what was expected.
/// </summary>
/// <param name="locate">Returns where the value of a key was written.</param>
abstract class ConfigChecks(Func<string, ConfigLocation> locate)
{
    /// <summary>Number of groups of every group norm, in the head and in a backbone with GN.</summary>
    protected const int GroupCount = 32;

    const int MaxChannels = 16384;  // far beyond any use; bounds what a checkpoint's configuration can demand

    protected void RequireAtLeast(int least, int value, string key) => Require(value >= least, key, $"{least} or more", value);

    protected void RequireChannels(int value, string key) =>
        Require(value is >= 1 and <= MaxChannels, key, $"1 to {MaxChannels}", value);

    protected void RequireAtLeastZero(double value, string key) => Require(value >= 0, key, "0 or more", value);

    protected void RequirePositive(double value, string key) => Require(value > 0, key, "a number above 0", value);

    protected void RequireFraction(double value, string key) => Require(value is >= 0 and <= 1, key, "0 to 1", value);

    protected void RequireDecay(double value, string key) => Require(value is >= 0 and < 1, key, "0 or more, below 1", value);

    protected void RequireCountOrAll(int value, string key) => Require(value is -1 or > 0, key, "-1 (all) or 1 and more", value);

    protected void Require(bool isValid, string key, string expected, object value)
    {
        if (isValid) return;
        var got = value is float or double ? Number(value) : value;
        throw new ConfigException(locate(key), key, $"expected {expected}, got {got}");
    }

    protected static string Number(object value) => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture);

    protected static string List(int[] values) => $"[{string.Join(", ", values)}]";

    protected void RequireRange(double[] range, double least, double most, string key)
    {
        Require(range.Length == 2, key, "2 values (low, high)", range.Length);
        Require(range[0] >= least && range[0] <= range[1] && range[1] <= most, key,
            most == double.MaxValue ? $"{Number(least)} or more, ascending" : $"{Number(least)} to {Number(most)}, ascending",
            $"[{Number(range[0])}, {Number(range[1])}]");
    }

    protected static bool IsPositiveAndAscending(int[] values) =>
        values.All(value => value > 0) && values.Zip(values.Skip(1)).All(pair => pair.First < pair.Second);
}
