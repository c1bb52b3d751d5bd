using Paa.Cli.Shared;

namespace Paa.Tests.Cli.Shared;

public sealed class ErrorTextTests
{
    [Fact]
    public void Describe_JoinsTheLinesOfAnExpectedError() =>
        Assert.Equal("disk full: a b", ErrorText.Describe(new IOException("disk full:\n  a\n\n  b")));

    [Fact]
    public void Describe_NamesTheTypeOfAnUnexpectedError() =>
        Assert.Equal("internal error, InvalidOperationException: no (run again with --verbose for the place)",
            ErrorText.Describe(new InvalidOperationException("no")));
}
