using System.Globalization;
using System.Text;

namespace Paa.Reports;

/// <summary>An SVG picture, written element by element. Numbers use a decimal point in every culture.</summary>
sealed class SvgPicture
{
    readonly StringBuilder _svg = new();

    /// <summary>Begins a picture.</summary>
    /// <param name="width">Width in units of the picture.</param>
    /// <param name="height">Height in units of the picture.</param>
    /// <param name="color">Colour of elements that set none.</param>
    /// <param name="isFile">Whether it is a file of its own, which needs the XML namespace, or part of a page.</param>
    public SvgPicture(double width, double height, string color = "black", bool isFile = false)
    {
        Add($"<svg {(isFile ? "xmlns='http://www.w3.org/2000/svg' " : "")}viewBox='0 0 {width} {height}' role='img' ");
        Add($"font-family='sans-serif' font-size='12' fill='{color}'>\n");
    }

    /// <summary>Adds an element.</summary>
    /// <param name="element">Tag and attributes, such as <c>circle cx='{x:0.0}' r='3'</c>.</param>
    /// <param name="title">Tooltip, as plain text.</param>
    public void Draw(FormattableString element, string? title = null)
    {
        Add($"<").Add(element);
        if (title is null) Add($"/>\n");
        else Add($"><title>{HtmlPage.Encode(title)}</title></{element.Format.Split(' ')[0]}>\n");
    }

    /// <summary>Adds text.</summary>
    /// <param name="attributes">Position and style, such as <c>x='{x:0.0}' y='16'</c>.</param>
    /// <param name="text">Plain text.</param>
    public void Write(FormattableString attributes, string text) =>
        Add($"<text ").Add(attributes).Add($">{HtmlPage.Encode(text)}</text>\n");

    /// <summary>The whole picture.</summary>
    public override string ToString() => $"{_svg}</svg>\n";

    SvgPicture Add(FormattableString text)
    {
        _svg.Append(text.ToString(CultureInfo.InvariantCulture));
        return this;
    }
}
