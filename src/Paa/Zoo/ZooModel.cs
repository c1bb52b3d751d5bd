namespace Paa.Zoo;

/// <summary>A detector that MMDetection published, with the AP it reports on COCO val2017.</summary>
public sealed record ZooModel
{
    /// <summary>MMDetection's name of the configuration, also of the file in <c>configs/paa</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>R-50-FPN</c> or <c>R-101-FPN</c>.</summary>
    public required string Backbone { get; init; }

    /// <summary>Epochs of the training.</summary>
    public required int Epochs { get; init; }

    /// <summary>Whether the short side of training images was drawn from 640 to 800.</summary>
    public bool IsMultiscale { get; init; }

    /// <summary>Reported box AP in percent, with score voting.</summary>
    public required double Ap { get; init; }

    /// <summary>Reported box AP in percent without score voting; null where none is reported.</summary>
    public double? ApWithoutVoting { get; init; }

    /// <summary>Reported GPU memory of the training in GB, at 2 images a GPU.</summary>
    public required double MemoryGb { get; init; }

    /// <summary>The trained weights.</summary>
    public required RemoteFile Weights { get; init; }

    /// <summary>The log of the training, in JSON lines.</summary>
    public required RemoteFile Log { get; init; }
}
