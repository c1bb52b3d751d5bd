using Paa.Reports;

namespace Paa.Tests.Reports;

public class PrintableTextTests
{
    [Theory]
    [InlineData("cat", "cat")]
    [InlineData("Äpfel 猫", "Äpfel 猫")]
    [InlineData("a\u001b[31mb\n", "a\\x1b[31mb\\x0a")]
    [InlineData("x\u202egnp.exe", "x\\u202egnp.exe")]
    public void ControlCharacters_AreWrittenOut(string text, string printed) => Assert.Equal(printed, PrintableText.Of(text));

    [Fact]
    public void Table_ShowsThemWrittenOut()
    {
        var (table, output) = (new TextTable("class", "objects"), new StringWriter());
        table.Add("a\u001b[2J", "3");
        table.Write(output);
        Assert.DoesNotContain('\u001b', output.ToString());
    }
}
