using Paa.Inference;

namespace Paa.Tests.Inference;

public class DetectionTests
{
    [Fact]
    public void BestFirst_DropsLowScores_AndKeepsTheOrderOfEqualOnes()
    {
        Detection[] detections = [new(default, 0.3f, 0), new(default, 0.9f, 1), new(default, 0.2f, 2), new(default, 0.9f, 3)];
        Assert.Equal([1, 3, 0], detections.BestFirst(minScore: 0.3f).Select(detection => detection.Label));
    }
}
