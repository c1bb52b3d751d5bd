using Paa.Imaging;
using Paa.Inference;

namespace Paa.Cli.Predict;

/// <summary>Runs a detector over image files.</summary>
/// <param name="predictor">Borrowed.</param>
/// <param name="score">Lowest score of a detection.</param>
/// <param name="drawings">Where pictures with boxes go; null for none.</param>
sealed class PredictionSession(Predictor predictor, float score, DrawingFolder? drawings)
{
    readonly DetectionPainter _painter = new(predictor.Classes);

    /// <summary>Finds the objects of one file, and draws them. What is wrong with the image stands in the result.</summary>
    public ImagePrediction Predict(string file)
    {
        try
        {
            using var image = Read(file);
            var found = predictor.Predict(image).BestFirst(score);
            if (drawings is not null)
            {
                _painter.Draw(image, found);
                image.Save(drawings.PathFor(file));
            }
            return new ImagePrediction(file, image.Width, image.Height, [.. found.Select(Describe)]);
        }
        catch (ImageException error)
        {
            return new ImagePrediction(file, 0, 0, [], error.Message);
        }
    }

    static Image Read(string file)
    {
        using var activity = PredictionActivity.Start(PredictionActivity.Read);
        return Image.Load(file);
    }

    PredictedObject Describe(Detection found) =>
        new(predictor.Classes[found.Label], found.Label, found.Score, [found.Box.X1, found.Box.Y1, found.Box.X2, found.Box.Y2]);
}
