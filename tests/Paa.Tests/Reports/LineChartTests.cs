using System.Xml.Linq;
using Paa.Reports;

namespace Paa.Tests.Reports;

public sealed class LineChartTests
{
    static XElement[] Elements(string svg, string name) => [.. XDocument.Parse(svg).Root!.Elements(name)];

    [Fact]
    public void Draw_ScalesPointsIntoTheFrame()
    {
        var svg = LineChart.Draw("iteration", new ChartSeries("loss", "red", [new(0, 1), new(50, 0.5), new(100, 0)]));
        var line = Assert.Single(Elements(svg, "polyline"));
        Assert.Equal("56.0,28.0 380.0,146.0 704.0,264.0", line.Attribute("points")!.Value);
        Assert.Equal(["0", "0.2", "0.4", "0.6", "0.8", "1"], Elements(svg, "text").Take(6).Select(text => text.Value));
    }

    [Fact]
    public void Draw_OfOnePoint_ShowsADot() =>
        Assert.Single(Elements(LineChart.Draw("epoch", new ChartSeries("AP", "red", [new(1, 0.3)])), "circle"));

    [Fact]
    public void Draw_OfNothing_SaysSo() =>
        Assert.Contains("no points", LineChart.Draw("epoch", new ChartSeries("AP", "red", [])));

    [Fact]
    public void Draw_EscapesNames() =>
        Assert.Contains(Elements(LineChart.Draw("a < b", new ChartSeries("x & y", "red", [new(0, 1)])), "text"),
            text => text.Value == "x & y");
}
