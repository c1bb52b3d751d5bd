namespace Paa.Assignment;

/// <summary>The anchors that overlap one box most, while anchors are visited in ascending order.</summary>
sealed class BestAnchors
{
    /// <summary>Highest IoU so far.</summary>
    public float Iou { get; private set; }

    /// <summary>All anchors of that IoU, ascending; empty while it is 0, which almost every anchor has.</summary>
    public List<int> Anchors { get; } = [];

    /// <summary>Values from here on are worth a call of <see cref="Visit"/>.</summary>
    public float Threshold => MathF.Max(Iou, float.Epsilon);

    /// <summary>Takes an anchor into account.</summary>
    public void Visit(int anchor, float iou)
    {
        if (iou < Threshold) return;
        if (iou > Iou) Anchors.Clear();
        Iou = iou;
        Anchors.Add(anchor);
    }
}
