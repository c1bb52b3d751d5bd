namespace Paa.Training.Recipes;

/// <summary>Every number that a recipe is made of. They were chosen by trainings on small data sets; docs/small-data.md has the
/// measurements.</summary>
sealed record RecipeNumbers
{
    /// <summary>The numbers in use.</summary>
    public static RecipeNumbers Default { get; } = new();

    // --- The network.

    /// <summary>Channels of neck and head on a CPU, and convolutions of each tower.</summary>
    public (int Channels, int TowerDepth) SmallHead { get; init; } = (128, 2);

    /// <summary>The same on a GPU, as published.</summary>
    public (int Channels, int TowerDepth) LargeHead { get; init; } = (256, 4);

    /// <summary>Channels of C2 in a ResNet-18 from scratch on a CPU; a pretrained one has 64.</summary>
    public int ScratchChannels { get; init; } = 32;

    /// <summary>Frozen part of a pretrained backbone: the stem and this number of stages.</summary>
    public int FrozenStages { get; init; } = 1;

    // --- The size of the input.

    /// <summary>Side in pixels that small objects should have in the input.</summary>
    public double SmallObjectSide { get; init; } = 24;

    /// <summary>Side in pixels below which an object is hardly found.</summary>
    public double LeastObjectSide { get; init; } = 8;

    /// <summary>Share of the boxes that count as small objects.</summary>
    public double SmallShare { get; init; } = 0.1;

    /// <summary>A class with fewer boxes than this does not decide on the size of the input.</summary>
    public int CountingClass { get; init; } = 20;

    /// <summary>Bounds of the longer side of the input on a CPU.</summary>
    public (int Least, int Most) CpuSide { get; init; } = (320, 800);

    /// <summary>Bounds of the longer side of the input on a GPU.</summary>
    public (int Least, int Most) GpuSide { get; init; } = (512, 1333);

    /// <summary>The longer side of the input if time is short.</summary>
    public int ShortOfTimeSide { get; init; } = 320;

    /// <summary>An image is enlarged at most by this factor.</summary>
    public double MostEnlargement { get; init; } = 2;

    /// <summary>Ends of the range of the factor by which the size of a training image varies; (1, 1) for none.</summary>
    public (double Least, double Most) ScaleJitter { get; init; } = (1, 1);

    // --- Anchors.

    /// <summary>Sides of an anchor, in strides of its level, to choose from.</summary>
    public IReadOnlyList<double> AnchorScales { get; init; } = [2, 3, 4, 6, 8];

    /// <summary>Numbers of levels to choose from.</summary>
    public IReadOnlyList<int> LevelCounts { get; init; } = [4, 5];

    /// <summary>A setting with fewer levels, or with larger anchors on finer levels, is preferred unless the mean IoU of another
    /// one is better by this.</summary>
    public double AnchorTolerance { get; init; } = 0.01;

    // --- Length and rate.

    /// <summary>Images per batch on a CPU and on a GPU; the latter is for small networks.</summary>
    public (int Cpu, int Gpu) BatchSize { get; init; } = (4, 16);

    /// <summary>Time of a training step on one image, forward and backward, for 10^9 multiply-adds of the forward pass on two
    /// cores of a CPU; a guess, good to a factor of two, by which the size of the input is chosen.</summary>
    public double SecondsPerGigaOnTwoCores { get; init; } = 0.025;

    /// <summary>The same on a GPU.</summary>
    public double SecondsPerGigaOnGpu { get; init; } = 0.0005;

    /// <summary>Share of a budget that the training steps have; the rest is for evaluation and saving.</summary>
    public double TrainingShare { get; init; } = 0.85;

    /// <summary>The time for which the size of the input is chosen where no budget is given.</summary>
    public TimeSpan UsualBudget { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Images seen (with repetition) in a training, below which a smaller input is taken.</summary>
    public int LeastImagesSeen { get; init; } = 2500;

    /// <summary>Images seen in a training without a budget: from a pretrained backbone, from a detector, from scratch.</summary>
    public (int Backbone, int Detector, int Scratch) ImagesSeen { get; init; } = (8000, 5000, 13000);

    /// <summary>Bounds of the number of epochs without a budget.</summary>
    public (int Least, int Most) Epochs { get; init; } = (12, 200);

    /// <summary>Rates of AdamW: from a pretrained backbone, from a detector, from scratch.</summary>
    public (double Backbone, double Detector, double Scratch) LearningRate { get; init; } = (1e-3, 2e-4, 1e-3);

    /// <summary>Factor of the rate in a pretrained backbone.</summary>
    public double BackboneRateFactor { get; init; } = 1;

    /// <summary>Decay of AdamW.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Largest norm of the gradients.</summary>
    public double GradientNorm { get; init; } = 10;

    /// <summary>Rate at the end of the cosine as a fraction of the full one.</summary>
    public double FinalRate { get; init; } = 0.01;

    /// <summary>Iterations of warm-up; not more than a tenth of all.</summary>
    public int WarmupIterations { get; init; } = 100;

    /// <summary>Share of new weights in each update of their average; 0 for no average.</summary>
    public double AverageMomentum { get; init; }

    /// <summary>Evaluations in a training without a budget.</summary>
    public int Evaluations { get; init; } = 8;

    // --- Augmentation and sampling.

    /// <summary>Probability of a mirrored image, left to right.</summary>
    public double Flip { get; init; } = 0.5;

    /// <summary>Probability of a mosaic of four images; 0 for none.</summary>
    public double Mosaic { get; init; }

    /// <summary>Whether colours vary.</summary>
    public bool Colors { get; init; }

    /// <summary>Whether images are cropped around their boxes.</summary>
    public bool Crop { get; init; }

    /// <summary>Images without annotations are background, if they are not a larger share than this; then they may only not be
    /// annotated.</summary>
    public double MostBackground { get; init; } = 0.4;

    /// <summary>Images with a class that is on a smaller share of the images than this are repeated.</summary>
    public double RareShare { get; init; } = 0.1;

    /// <summary>A training set with fewer images than this repeats none.</summary>
    public int BalancedFrom { get; init; } = 100;
}
