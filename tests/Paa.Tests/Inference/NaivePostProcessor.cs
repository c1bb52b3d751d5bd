using System.Numerics;
using Paa.Boxes;
using Paa.Inference;
using Paa.Numerics;
using Paa.Options;

namespace Paa.Tests.Inference;

/// <summary>Post-processing written down rule by rule, with every score computed, sorted and compared with every other.</summary>
sealed class NaivePostProcessor(PostProcessingOptions options, int classCount, SemanticsProfile profile)
{
    sealed record Candidate(int Label, float Score, Box Box);

    public Detection[] Process(ViewOutput view, bool voting)
    {
        var (levels, grid, geometry) = view;
        var candidates = new List<Candidate>();
        foreach (var (level, output) in levels.Index())
        {
            var area = output.IouLogits.Length;
            var score = (int a, int k) => Score(output.ClassLogits.Span[k * area + a], output.IouLogits.Span[a]);
            Box Decoded(int a)
            {
                var d = output.BoxDeltas.Span;
                var deltas = new BoxDeltas(d[a], d[area + a], d[2 * area + a], d[3 * area + a]);
                var box = BoxCoder.Clip(BoxCoder.Decode(grid.Boxes[grid.LevelStarts[level] + a], deltas), geometry.ImageShape);
                var (x, y) = (geometry.WidthScale, geometry.HeightScale);
                return new(box.X1 / x, box.Y1 / y, box.X2 / x, box.Y2 / y);
            }

            if (profile == SemanticsProfile.Mmdet)
            {
                var anchors = Enumerable.Range(0, area);
                if (options.PreNmsTopK > 0 && area > options.PreNmsTopK)
                    anchors = anchors.OrderByDescending(a => Enumerable.Range(0, classCount).Max(k => score(a, k)))
                        .Take(options.PreNmsTopK);
                foreach (var a in anchors)
                {
                    candidates.AddRange(Enumerable.Range(0, classCount).Where(k => score(a, k) > options.ScoreThreshold)
                        .Select(k => new Candidate(k, score(a, k), Decoded(a))));
                }
            }
            else
            {
                var pairs = Enumerable.Range(0, area * classCount).Select(i => (Anchor: i / classCount, Label: i % classCount))
                    .Where(pair => Sigmoid(output.ClassLogits.Span[pair.Label * area + pair.Anchor])[0] > options.ScoreThreshold)
                    .OrderByDescending(pair => score(pair.Anchor, pair.Label)).Take(options.PreNmsTopK).ToArray();
                foreach (var (a, k) in pairs) candidates.Add(new(k, score(a, k), Decoded(a)));
            }
        }
        var kept = Suppress([.. candidates.OrderByDescending(candidate => candidate.Score)]);
        return voting
            ? [.. kept.OrderBy(candidate => candidate.Label).Select(candidate => Vote(candidate, candidates))]
            : [.. kept.Select(candidate => new Detection(candidate.Box, candidate.Score, candidate.Label))];
    }

    List<Candidate> Suppress(Candidate[] sorted)
    {
        var agnostic = options.ClassAgnosticNms && (profile == SemanticsProfile.Original || sorted.Length < 10_000);
        var step = profile == SemanticsProfile.Original || options.ClassAgnosticNms ? 0
            : sorted.Select(c => Math.Max(Math.Max(c.Box.X1, c.Box.Y1), Math.Max(c.Box.X2, c.Box.Y2))).DefaultIfEmpty().Max() + 1;
        Box Moved(Candidate c)
        {
            var by = c.Label * step;
            return new(c.Box.X1 + by, c.Box.Y1 + by, c.Box.X2 + by, c.Box.Y2 + by);
        }

        var kept = new List<Candidate>();
        foreach (var candidate in sorted)
        {
            var box = Moved(candidate);
            if (!kept.Any(better => (agnostic || better.Label == candidate.Label) && Overlaps(Moved(better), box)))
                kept.Add(candidate);
        }
        if (options.MaxDetections <= 0 || kept.Count <= options.MaxDetections) return kept;
        var last = kept[options.MaxDetections - 1].Score;
        return profile == SemanticsProfile.Mmdet
            ? kept[..options.MaxDetections]
            : [.. kept.Where(candidate => candidate.Score >= last)];
    }

    bool Overlaps(Box a, Box b)
    {
        var intersection = BoxOverlap.Intersection(a, b);
        return intersection > options.NmsIouThreshold * (a.Area + b.Area - intersection);
    }

    static Detection Vote(Candidate kept, List<Candidate> candidates)
    {
        var (sum, total) = (Vector4.Zero, 0f);
        foreach (var voter in candidates)
        {
            var iou = BoxOverlap.Iou(kept.Box, voter.Box);
            if (voter.Label != kept.Label || !(iou > 0.01f)) continue;
            var weight = voter.Score * MathF.Exp(-(1 - iou) * (1 - iou) / 0.025f);
            sum += weight * new Vector4(voter.Box.X1, voter.Box.Y1, voter.Box.X2, voter.Box.Y2);
            total += weight;
        }
        var mean = sum / total;
        return new(total > 0 ? new Box(mean.X, mean.Y, mean.Z, mean.W) : kept.Box, kept.Score, kept.Label);
    }

    /// <summary>The very arithmetic of the library, so that thresholds and ties fall the same way.</summary>
    static float Score(float classLogit, float iouLogit) => JointScore.Of(Vector.Create(classLogit), Sigmoid(iouLogit))[0];

    static Vector<float> Sigmoid(float logit) => Logistic.Sigmoid(Vector.Create(logit));
}
