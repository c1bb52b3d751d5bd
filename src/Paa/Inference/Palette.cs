using Paa.Imaging;

namespace Paa.Inference;

/// <summary>Colours of classes that stay apart for people who see few colours, too.</summary>
/// <remarks>
/// The first seven are those of Okabe and Ito, "Color Universal Design", 2008, without black. Each further one is the colour
/// of a grid (steps of 17 a channel; lightness 0.4..0.95 and chroma from 0.07 in Oklab) that lies farthest from all before
/// it: distance in Oklab (Ottosson 2020), the smallest over ordinary sight, protanopia, deuteranopia and tritanopia as
/// Machado et al., IEEE TVCG 2009, simulate them. The tests compute the table anew.
/// </remarks>
static class Palette
{
    static readonly int[] Table =
    [
        0xe69f00, 0x56b4e9, 0x009e73, 0xf0e442, 0x0072b2, 0xd55e00, 0xcc79a7, 0x881122, 0x99ffff, 0x3300cc,
        0x9966ff, 0x663377, 0xaacc99, 0x885566, 0xaa4411, 0x55dddd, 0x7700ff, 0xccffaa, 0xcc0099, 0xcc33cc,
        0xeebb55, 0xbbaa77, 0x005544, 0x9988ff, 0x99ee88, 0xee7733, 0xff77cc, 0xffbbff, 0xbb5544, 0x881199,
        0x336688, 0xff4477, 0xff88ff, 0x774466, 0xbb77dd, 0x8800dd, 0x993311, 0x5544bb, 0xbb6699, 0x0077dd,
        0x77bb99, 0x88ccbb, 0x00aabb, 0xbbddaa, 0x33dd55, 0x88eedd, 0x8844ff, 0x667744, 0xaaff77, 0xddff00,
        0x998855, 0xaa44aa, 0x880066, 0xcceeaa, 0x770088, 0x66ffcc, 0x994488, 0x99dd88, 0x883344, 0x999944,
        0x558866, 0x9977bb, 0x99bb44, 0xcc4400, 0x99aa55, 0xeeaaff, 0xdd6688, 0x8877ee, 0x994433, 0xaa7733,
        0xff44cc, 0xcc99dd, 0xccdd66, 0x9900aa, 0xdd33dd, 0x7766cc, 0xaa0055, 0xbbbb77, 0xaaeeff, 0xff3322,
    ];

    /// <summary>Different colours there are.</summary>
    public static int Count => Table.Length;

    /// <summary>The colour of a class, the same in every image; behind the last the first follows again.</summary>
    public static Color ColorOf(int label)
    {
        var color = Table[(int)((uint)label % (uint)Count)];
        return new Color((byte)(color >> 16), (byte)(color >> 8), (byte)color);
    }
}
