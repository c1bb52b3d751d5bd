using Paa.Configuration;

namespace Paa.Tests.Configuration;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("15m", 900)]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5h", 5400)]
    [InlineData("0.25s", 0.25)]
    [InlineData("2H5S", 7205)]
    [InlineData("72h", 259200)]
    [InlineData("0s", 0)]
    public void Parse_ReadsHoursMinutesAndSeconds(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), DurationText.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("15")]
    [InlineData("-15m")]
    [InlineData("15 m")]
    [InlineData("30m1h")]
    [InlineData("1h1h")]
    [InlineData("m")]
    [InlineData(".5h")]
    [InlineData("1e3s")]
    [InlineData("1d")]
    [InlineData("15m\n")]
    [InlineData("999999999h")]
    public void Parse_OfAnotherText_IsNull(string text) => Assert.Null(DurationText.Parse(text));

    [Theory]
    [InlineData(90, "1m30s")]
    [InlineData(900, "15m")]
    [InlineData(5400, "1h30m")]
    [InlineData(86400 * 3, "72h")]
    [InlineData(3600.5, "1h0.5s")]
    [InlineData(0, "0s")]
    public void Of_WritesTheShortForm(double seconds, string text) =>
        Assert.Equal(text, DurationText.Of(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Parse_InvertsOf()
    {
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            var time = TimeSpan.FromTicks(random.NextInt64(TimeSpan.FromHours(i).Ticks + 1));
            Assert.Equal(time, DurationText.Parse(DurationText.Of(time)));
        }
    }
}
