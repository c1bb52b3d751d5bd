using System.Globalization;

namespace Paa.Configuration;

/// <summary>What checks of a configuration have in common: a value in its range, or one line that says what was
/// expected.</summary>
/// <param name="locate">Where the value of a key was written.</param>
abstract class ConfigChecks(Func<string, ConfigLocation> locate)
{
    /// <summary>Groups of every group norm of the head, and of a backbone with GN.</summary>
    protected const int GroupCount = 32;

    const int MaxChannels = 16384;  // far beyond any use; a checkpoint's configuration cannot ask for everything

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
