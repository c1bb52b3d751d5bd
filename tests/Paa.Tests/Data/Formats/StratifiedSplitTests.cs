using Paa.Data.Formats;

namespace Paa.Tests.Data.Formats;

public class StratifiedSplitTests
{
    /// <summary>A set of images with these labels.</summary>
    static AnnotationSet Set(int classes, params int[][] labels) => AnnotationSet.Number(
        [.. Enumerable.Range(0, classes).Select(label => $"class {label}")],
        labels.Select((own, i) => ($"{i}.png", 10, 10,
            (IReadOnlyList<ReadBox>)[.. own.Select(label => new ReadBox(label, 1, 1, 5, 5))])));

    static HashSet<int> Labels(AnnotationSet set) =>
        [.. set.Images.SelectMany(image => image.Annotations).Select(box => box.Label)];

    [Fact]
    public void RareClass_IsInBothParts()
    {
        // Class 1 is on two of forty images; a random fifth would hold none or both in two of three cases.
        int[][] labels = [.. Enumerable.Range(0, 40).Select(i => i is 7 or 23 ? new[] { 0, 1 } : [0])];
        for (var seed = 0; seed < 20; seed++)
        {
            var (first, second) = StratifiedSplit.Split(Set(2, labels), 0.2, seed);
            Assert.Equal((32, 8), (first.Images.Count, second.Images.Count));
            Assert.Contains(1, Labels(first));
            Assert.Contains(1, Labels(second));
        }
    }

    [Fact]
    public void ClassOnOneImage_IsLearnt()
    {
        int[][] labels = [.. Enumerable.Range(0, 20).Select(i => i == 5 ? new[] { 1 } : [0])];
        for (var seed = 0; seed < 20; seed++) Assert.Contains(1, Labels(StratifiedSplit.Split(Set(2, labels), 0.2, seed).First));
    }

    [Fact]
    public void AnySet_IsSplitInTwoPartsThatTogetherAreTheWhole_WithEveryClassToLearn()
    {
        var random = new Random(1);
        for (var trial = 0; trial < 300; trial++)
        {
            var (images, classes) = (random.Next(2, 40), random.Next(1, 8));
            int[][] labels = [.. Enumerable.Range(0, images).Select(_ =>
                Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(classes)).ToArray())];
            var set = Set(classes, labels);
            var (first, second) = StratifiedSplit.Split(set, 0.2, trial);
            Assert.NotEmpty(first.Images);
            Assert.NotEmpty(second.Images);
            Assert.Equal(set.Images.Select(image => image.Image.Id),
                first.Images.Concat(second.Images).Select(image => image.Image.Id).Order());
            var alone = labels.SelectMany((own, image) => own.Distinct().Select(label => (label, image)))
                .GroupBy(pair => pair.label).Where(group => group.Count() == 1).Select(group => group.Single().image)
                .Distinct().Count();
            if (alone < images) Assert.Superset(Labels(set), Labels(first));    // else each image is the only one of a class
        }
    }

    [Fact]
    public void EqualSeeds_GiveEqualParts()
    {
        int[][] labels = [.. Enumerable.Range(0, 30).Select(i => new[] { i % 3 })];
        Assert.Equal(StratifiedSplit.Split(Set(3, labels), 0.2).Second.Images.Select(image => image.Image.Id),
            StratifiedSplit.Split(Set(3, labels), 0.2).Second.Images.Select(image => image.Image.Id));
    }

    [Fact]
    public void ImagesWithoutBoxes_AreInBothParts()
    {
        int[][] labels = [.. Enumerable.Range(0, 40).Select(i => i < 20 ? new[] { 0 } : [])];
        var (first, second) = StratifiedSplit.Split(Set(1, labels), 0.2);
        Assert.Equal((16, 4), (first.Images.Count(IsEmpty), second.Images.Count(IsEmpty)));

        static bool IsEmpty(AnnotatedImage image) => image.Annotations.Count == 0;
    }

    [Fact]
    public void OneImage_IsRefused() => Assert.Contains("1 image cannot be split",
        Assert.Throws<ArgumentException>(() => StratifiedSplit.Split(Set(1, [0]), 0.2)).Message);
}
