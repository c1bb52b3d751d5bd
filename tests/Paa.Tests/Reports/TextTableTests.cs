using Paa.Reports;

namespace Paa.Tests.Reports;

public sealed class TextTableTests
{
    [Fact]
    public void Write_AlignsTheFirstColumnLeftAndTheOthersRight()
    {
        var table = new TextTable("class", "AP");
        table.Add("cat", "0.5");
        table.Add("elephant", "12.25");
        var text = new StringWriter { NewLine = "\n" };
        table.Write(text);
        Assert.Equal(
            "class        AP\n" +
            "--------  -----\n" +
            "cat         0.5\n" +
            "elephant  12.25\n", text.ToString());
    }
}
