using System.Globalization;
using System.Numerics;

namespace Paa.Checkpoints.Pickling;

/// <summary>Numbers as pickles write them: integers of any length, and decimal text.</summary>
static class PickleNumbers
{
    const int MaxBytes = 256;                            // random states and hashes need 16; converting to text is quadratic

    /// <summary>A little-endian number in two's complement: a <c>long</c> if it fits, else a <see cref="BigInteger"/>.</summary>
    public static object Integer(byte[] bytes)
    {
        if (bytes.Length > MaxBytes)
            throw new CheckpointException($"has an integer of {bytes.Length} bytes; up to {MaxBytes} are read.");
        return Narrow(new BigInteger(bytes));
    }

    /// <summary>A decimal number; <c>00</c> and <c>01</c> are the flags of protocol 1, and an L may follow a long one.</summary>
    public static object Integer(string text) => text switch
    {
        "00" => false,
        "01" => true,
        { Length: <= 2 * MaxBytes } when BigInteger.TryParse(text.TrimEnd('L'), NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture, out var number) => Narrow(number),
        _ => throw Wrong(),
    };

    /// <summary>A decimal number with a fraction.</summary>
    public static double Real(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong();

    /// <summary>A number of the memo.</summary>
    public static ulong Index(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong();

    static object Narrow(BigInteger number) => number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number;

    static CheckpointException Wrong() => new("has a number that is none; the file is damaged.");
}
