using Paa.Options;
using Paa.Tests.Golden;
using Paa.Tests.Models;
using Paa.Torch;
using Paa.Training.Losses;

namespace Paa.Tests.Training.Losses;

/// <summary>Each loss alone, with its gradient, against the reference (<c>losses/</c> of the golden data).</summary>
[Trait("Category", "Golden")]
[Collection("Native")]
public class LossGoldenTests
{
    // Values abs 1e-6 rel 1e-5, gradients abs 1e-6 rel 1e-4: the README of the golden data.
    const double Absolute = 1e-6;
    const double Relative = 1e-5;
    const double RelativeGradient = 1e-4;

    [SkippableFact]
    public void Focal_EqualsReference()
    {
        var golden = GoldenFolder.Arrays("losses/losses.npz");
        using var scope = new TensorScope();
        var logits = GoldenModel.ToTensor(golden, "focal_logits");
        logits.RequiresGrad = true;
        var classCount = (int)logits.Size(1);
        var targets = new float[logits.Count];
        var labels = golden.Ints("focal_labels");
        for (var i = 0; i < labels.Length; i++)
            if (labels[i] < classCount) targets[i * classCount + labels[i]] = 1;

        var terms = TensorForms.FocalLoss(logits, Tensor.From(targets, logits.Shape), new FocalLossOptions());
        AssertValues(golden, "focal_terms", terms);
        var loss = (terms * GoldenModel.ToTensor(golden, "focal_weight").Reshape(-1, 1)).Sum() / 17;
        AssertValues(golden, "focal_loss", loss);
        loss.Backward();
        AssertGradient(golden, "focal_grad", logits);
    }

    [SkippableFact]
    public void Giou_EqualsReference()
    {
        const double lossWeight = 1.3;
        var golden = GoldenFolder.Arrays("losses/losses.npz");
        using var scope = new TensorScope();
        var predicted = GoldenModel.ToTensor(golden, "giou_pred");
        var target = GoldenModel.ToTensor(golden, "giou_target");
        var weight = GoldenModel.ToTensor(golden, "giou_weight");
        predicted.RequiresGrad = true;

        AssertValues(golden, "iou", TensorForms.Iou(predicted, target));
        var terms = TensorForms.GiouLoss(predicted, target) * lossWeight;
        AssertValues(golden, "giou_terms", terms);
        var loss = (terms * weight).Sum() / weight.Sum();
        AssertValues(golden, "giou_loss", loss);
        loss.Backward();
        AssertGradient(golden, "giou_grad", predicted);
    }

    [SkippableFact]
    public void IouPrediction_EqualsReference()
    {
        var golden = GoldenFolder.Arrays("losses/losses.npz");
        using var scope = new TensorScope();
        var logits = GoldenModel.ToTensor(golden, "bce_logits");
        logits.RequiresGrad = true;
        var terms = Functional.BinaryCrossEntropyWithLogits(logits, GoldenModel.ToTensor(golden, "bce_target"));
        AssertValues(golden, "bce_terms", terms);
        var loss = terms.Sum() * (0.5 / logits.Size(0));
        AssertValues(golden, "bce_loss", loss);
        loss.Backward();
        AssertGradient(golden, "bce_grad", logits);
    }

    [SkippableFact]
    public void Decode_EqualsReference()
    {
        var golden = GoldenFolder.Arrays("losses/coder.npz");
        using var scope = new TensorScope();
        var decoded = TensorForms.Decode(GoldenModel.ToTensor(golden, "anchors"), GoldenModel.ToTensor(golden, "deltas"));
        GoldenAssert.Close(golden.Floats("decoded"), decoded.ToArray<float>(), 1e-3, 1e-5, "decoded");
    }

    static void AssertValues(Npz golden, string name, Tensor actual) =>
        GoldenAssert.Close(golden.Floats(name), actual.ToArray<float>(), Absolute, Relative, name);

    static void AssertGradient(Npz golden, string name, Tensor variable) =>
        GoldenAssert.Close(golden.Floats(name), variable.Gradient!.ToArray<float>(), Absolute, RelativeGradient, name);
}
