using Paa.Boxes;
using Paa.Configuration;
using Paa.Data;
using Paa.Options;
using Paa.Tests.Data;
using Paa.Training.Recipes;

namespace Paa.Tests.Training.Recipes;

public class RecipeTests
{
    static readonly RecipeNumbers Numbers = new()
    {
        SmallObjectSide = 24,
        SmallShare = 0.1,
        CountingClass = 20,
        MostEnlargement = 2,
        ShortOfTimeSide = 256,
    };

    static readonly DatasetOptions Files = new() { AnnotationFiles = ["my set/train.json"], ImageFolders = ["my set"] };

    /// <summary>Images of one size, each with one square box for each side.</summary>
    static DataSurvey Survey(int width, int height, int count, params (int Label, double Side)[] boxes)
    {
        Box[] own = [.. boxes.Select((box, i) => new Box(i, i, (float)(i + box.Side), (float)(i + box.Side)))];
        int[] labels = [.. boxes.Select(box => box.Label)];
        return new DataSurvey
        {
            Images = [.. Enumerable.Range(0, count).Select(_ => new SurveyedImage(new ImageSize(height, width), own, labels))],
            Classes = [.. boxes.GroupBy(box => box.Label).OrderBy(group => group.Key).Select(group => new SurveyedClass(
                $"class {group.Key}", count, count * group.Count(),
                Statistics.Quantile(group.Select(box => box.Side / Math.Max(width, height)), 0.5)))],
        };
    }

    static InputSize Choose(DataSurvey survey, double secondsPerImage = 1e9, int most = 800) => InputSize.Choose(
        survey, size => size.Area * 1e-6, secondsPerImage, (320, most), Numbers);

    [Fact]
    public void SmallObjects_GetEnoughPixels()
    {
        // Half of the boxes of class 1 are below 40 of 640 pixels: 24 pixels at 384, and 384 x 288 needs no padding.
        var input = Choose(Survey(640, 480, 30, [.. Enumerable.Repeat((0, 100.0), 19), (1, 40)]));
        Assert.Equal((384, 288), (input.LongSide, input.ShortSide));
        Assert.Equal(24, input.SmallSide, tolerance: 1e-6);
        Assert.Equal("class 1", input.SmallestClass);
        Assert.False(input.IsLimitedByTime);
    }

    [Fact]
    public void RareClass_DoesNotDecideOnTheInput() =>
        Assert.Null(Choose(Survey(640, 480, 10, [.. Enumerable.Repeat((0, 100.0), 10), (1, 10)])).SmallestClass);

    [Fact]
    public void LargeObjects_DoNotMakeTheInputTiny() => Assert.Equal(320, Choose(Survey(1280, 960, 30, (0, 800))).LongSide);

    [Fact]
    public void ImagesNearTheWantedSize_StayAsTheyAre() => Assert.Equal(350, Choose(Survey(350, 200, 30, (0, 200))).LongSide);

    [Fact]
    public void SmallImages_AreEnlargedAtMostTwice() => Assert.Equal(128, Choose(Survey(64, 64, 30, (0, 2))).LongSide);

    [Fact]
    public void InputIsBounded() => Assert.InRange(Choose(Survey(4000, 3000, 30, (0, 40))).LongSide, 720, 880);

    [Fact]
    public void TooLittleTime_MakesTheInputSmaller()
    {
        // 800 x 600 takes 0.48 s an image; for 0.12 s half the side is left.
        var input = Choose(Survey(4000, 3000, 30, (0, 40)), secondsPerImage: 0.12);
        Assert.InRange(input.LongSide, 360, 440);
        Assert.True(input.IsLimitedByTime);
        Assert.Equal(256, Choose(Survey(4000, 3000, 30, (0, 40)), secondsPerImage: 1e-6).LongSide);
    }

    [Theory]
    [InlineData(64, 8, 4)]
    [InlineData(32, 4, 4)]
    [InlineData(16, 2, 4)]
    public void AnchorsOfTheBoxes_AreChosen(double side, double scale, int levels)
    {
        // Centred on a position of the finest level, an anchor of the same side overlaps a box completely.
        var box = new Box((float)(80 - side / 2), (float)(80 - side / 2), (float)(80 + side / 2), (float)(80 + side / 2));
        var survey = new DataSurvey
        {
            Images = [new SurveyedImage(new ImageSize(160, 160), [box], [0])],
            Classes = [new SurveyedClass("a", 1, 1, side / 160)],
        };
        var anchors = AnchorChoice.Choose(survey, new ImageScale(160, 160), 0.1, RecipeNumbers.Default);
        Assert.Equal((scale, levels), (anchors.Scale, anchors.LevelCount));
        Assert.True(anchors.MeanIou > 0.7);
        Assert.Equal(0, anchors.UncoveredShare);
    }

    [Fact]
    public void LargeAndSmallBoxes_GetMoreLevels()
    {
        var survey = Survey(800, 800, 5, (0, 20), (0, 40), (0, 80), (0, 160), (0, 320), (1, 500));
        Assert.Equal(5, AnchorChoice.Choose(survey, new ImageScale(800, 800), 0.1, RecipeNumbers.Default).LevelCount);
    }

    [Fact]
    public void AnchorsOfAnySurvey_CoverItsBoxes()
    {
        var random = new Random(5);
        for (var trial = 0; trial < 20; trial++)
        {
            var (least, most) = (random.Next(8, 100), random.Next(100, 300));
            var survey = Survey(320, 320, 5, [.. Enumerable.Range(0, 30)
                .Select(_ => (random.Next(3), least * Math.Pow((double)most / least, random.NextDouble())))]);
            var anchors = AnchorChoice.Choose(survey, new ImageScale(320, 320), 0.1, RecipeNumbers.Default);
            Assert.InRange(anchors.UncoveredShare, 0, 0.02);
        }
    }

    [Fact]
    public void TinyObjects_AreWarnedOf()
    {
        Assert.Contains("cut the images into tiles", Build(Survey(4000, 3000, 30, (0, 30))).Reasons["data.train.img_scale"]);
        Assert.DoesNotContain("tiles", Build(Survey(640, 480, 30, (0, 60))).Reasons["data.train.img_scale"]);
    }

    [Fact]
    public void ClassesWeighAlike_InTheChoiceOfAnchors()
    {
        // Nineteen boxes of 64 pixels would take anchors from 64 on; the class of 24 pixels needs smaller ones.
        var survey = Survey(640, 480, 3, [.. Enumerable.Repeat((0, 64.0), 19), (1, 24)]);
        Assert.InRange(AnchorChoice.Choose(survey, new ImageScale(640, 480), 0.1, RecipeNumbers.Default).Scale, 2, 4);
    }

    static Recipe Build(DataSurvey survey, RecipeOptions? options = null, RecipeNumbers? numbers = null) =>
        new RecipeBuilder(survey, options ?? new RecipeOptions { Cores = 2 }, numbers ?? RecipeNumbers.Default)
            .Build(Files, Files, Files, [.. survey.Classes.Select(one => one.Name)]);

    static void AssertReadsBack(Recipe recipe)
    {
        var read = ConfigLoader.Parse(recipe.ToYaml("A heading.", "", "Of three lines."), "recipe");
        Assert.Equal(ConfigWriter.ToYaml(recipe.Config), ConfigWriter.ToYaml(read));
        ConfigValidator.Validate(read);
    }

    [Fact]
    public void AnySurvey_GivesAValidConfiguration_WhoseTextReadsBackToIt()
    {
        var random = new Random(3);
        RecipeStart[] starts = [RecipeStart.Default, RecipeStart.Scratch, RecipeStart.OfBackbone("torchvision://resnet50")];
        for (var trial = 0; trial < 30; trial++)
        {
            var (width, height) = (random.Next(40, 5000), random.Next(40, 5000));
            var survey = Survey(width, height, random.Next(2, 130), [.. Enumerable.Range(0, random.Next(1, 90))
                .Select(_ => (random.Next(5), Math.Pow(Math.Min(width, height), random.NextDouble())))]);
            var recipe = Build(survey, new RecipeOptions
            {
                Start = starts[trial % 3],
                Cores = random.Next(1, 64),
                Device = trial % 5 == 4 ? "cuda" : "cpu",
                Budget = trial % 2 == 0 ? null : TimeSpan.FromMinutes(random.Next(1, 600)),
            });
            AssertReadsBack(recipe);
            Assert.Empty(ConfigValidator.Warnings(recipe.Config));
            Assert.All(recipe.Config.Data.Train.Scales, scale => Assert.True(scale.Min() > 0));
        }
    }

    [Fact]
    public void TextWithEveryPart_ReadsBack() =>
        AssertReadsBack(Build(Survey(640, 480, 200, (0, 60), (1, 30)), numbers: new RecipeNumbers
        {
            Mosaic = 0.5,
            Colors = true,
            Crop = true,
            ScaleJitter = (0.8, 1.25),
            BackboneRateFactor = 0.1,
            AverageMomentum = 0.0002,
            GradientNorm = 35,
        }));

    [Theory]
    [InlineData("it's a \"dog\"", "# no comment")]
    [InlineData("null", "true")]
    [InlineData("1", "2.0")]
    [InlineData("key: value", "ключ\u2028")]
    [InlineData("- item", " padded ")]
    public void NamesOfAnyKind_ReadBack(params string[] names)
    {
        var survey = Survey(640, 480, 20, [.. names.Select((_, label) => (label, 60.0))]);
        survey = survey with { Classes = [.. survey.Classes.Zip(names, (one, name) => one with { Name = name })] };
        AssertReadsBack(Build(survey));
        Assert.Equal(names, ConfigLoader.Parse(Build(survey).ToYaml(names), "recipe").Data.Classes!);
    }

    [Fact]
    public void Budget_IsWritten_AndDecidesOnTheLength()
    {
        var recipe = Build(Survey(640, 480, 50, (0, 60)), new RecipeOptions { Budget = TimeSpan.FromMinutes(15), Cores = 2 });
        Assert.Equal(TimeSpan.FromMinutes(15), recipe.Config.Duration.Budget);
        Assert.Contains("\n  budget: 15m\n", recipe.ToYaml());
        Assert.DoesNotContain("max_epochs", recipe.ToYaml());
        AssertReadsBack(recipe);
    }

    [Fact]
    public void EveryReason_StandsAboveItsKey()
    {
        var recipe = Build(Survey(640, 480, 50, (0, 60), (1, 30)));
        string[] lines = recipe.ToYaml().Split('\n');
        foreach (var (key, reason) in recipe.Reasons)
        {
            var start = $"{new string(' ', 2 * key.Count(letter => letter == '.'))}{key.Split('.')[^1]}:";
            var line = Array.FindIndex(lines, text => text.StartsWith(start, StringComparison.Ordinal));
            Assert.True(line > 0, $"{key} is not written");
            Assert.EndsWith(reason.Split(' ')[^1], lines[line - 1]);
        }
        Assert.All(lines.Where(line => line.TrimStart().StartsWith('#')), line => Assert.True(line.Length <= 112, line));
    }

    [Fact]
    public void Scratch_TrainsEverything_AndAPretrainedStartDoesNot()
    {
        var survey = Survey(640, 480, 50, (0, 60));
        var scratch = Build(survey, new RecipeOptions { Start = RecipeStart.Scratch, Cores = 2 }).Config;
        var pretrained = Build(survey).Config;
        var (own, known) = (scratch.Model.Backbone, pretrained.Model.Backbone);
        Assert.Equal((-1, false, null), (own.FrozenStages, own.NormEval, own.Pretrained));
        Assert.Equal((1, true, "nuget://resnet18"), (known.FrozenStages, known.NormEval, known.Pretrained));
        Assert.True(scratch.Optimizer.LearningRate >= pretrained.Optimizer.LearningRate);
        Assert.True(scratch.Duration.MaxEpochs > pretrained.Duration.MaxEpochs);
    }

    [Fact]
    public void Detector_KeepsItsNetworkAndAnchors()
    {
        var known = new PaaConfig
        {
            Model = new ModelOptions
            {
                Backbone = new BackboneOptions { Depth = 34, Pretrained = "torchvision://resnet34" },
                Neck = new FeaturePyramidOptions { Channels = 96, LevelCount = 3 },
                Head = new HeadOptions
                {
                    ClassCount = 9,
                    TowerDepth = 3,
                    TowerChannels = 96,
                    Anchors = new AnchorOptions { Scale = 5, Strides = [8, 16, 32] },
                },
            },
            Data = new DataOptions { Normalization = new NormalizationOptions { Std = [1, 1, 1] } },
        };
        var recipe = Build(
            Survey(640, 480, 50, (0, 60)), new RecipeOptions { Start = RecipeStart.OfDetector("run/best.pth", known) });
        var (config, model) = (recipe.Config, recipe.Config.Model);
        Assert.Equal("run/best.pth", config.LoadFrom);
        Assert.Null(model.Backbone.Pretrained);
        Assert.Equal((34, 96, 3, 3, 1, 5.0), (model.Backbone.Depth, model.Neck.Channels, model.Neck.LevelCount,
            model.Head.TowerDepth, model.Head.ClassCount, model.Head.Anchors.Scale));
        Assert.Equal([1, 1, 1], config.Data.Normalization.Std);
        AssertReadsBack(recipe);
    }

    [Theory]
    [InlineData(0.5, "cat", "dog")]
    [InlineData(0.5, "leftover", "right")]
    [InlineData(0, "arrow_left", "arrow-right")]
    [InlineData(0, "1", "2", "3", "4", "5")]
    public void ClassesWithSides_AreNotMirrored(double flip, params string[] classes)
    {
        var survey = Survey(640, 480, 20, [.. classes.Select((_, label) => (label, 60.0))]);
        var recipe = new RecipeBuilder(survey, new RecipeOptions { Cores = 2 }, RecipeNumbers.Default)
            .Build(Files, Files, Files, classes);
        Assert.Equal([flip], recipe.Config.Data.Train.FlipProbability);
    }

    [Fact]
    public void ImagesOfARareClass_AreRepeated()
    {
        var common = Survey(640, 480, 196, (0, 60));
        var rare = Survey(640, 480, 4, (1, 60));
        var survey = new DataSurvey
        {
            Images = [.. common.Images, .. rare.Images],
            Classes = [.. common.Classes, .. rare.Classes],
        };
        var recipe = Build(survey);
        Assert.Equal(0.1, recipe.Config.Data.Train.ClassBalanced!.FrequencyThreshold);
        // sqrt(0.1 / 0.02), rounded up
        Assert.Contains("'class 1' (4) come 3 times", recipe.Reasons["data.train.class_balanced"]);
        Assert.Null(Build(common).Config.Data.Train.ClassBalanced);
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(1, 0, false)]
    [InlineData(10, 1, false)]
    [InlineData(1, 1, true)]         // crowds or broken boxes, which are no background
    [InlineData(30, 0, true)]        // more than half: perhaps not annotated yet
    public void ImagesWithoutAnnotations_TeachBackground(int background, int unclear, bool areLeftOut)
    {
        var survey = Survey(640, 480, 20, (0, 60));
        var empty = new SurveyedImage(new ImageSize(480, 640), [], []);
        survey = survey with
        {
            Images =
            [
                .. survey.Images, .. Enumerable.Repeat(empty with { IsBackground = true }, background),
                .. Enumerable.Repeat(empty, unclear),
            ],
        };
        var recipe = Build(survey);
        Assert.Equal(areLeftOut, recipe.Config.Data.Train.SkipEmptyImages);
        Assert.Equal(background + unclear > 0, recipe.Reasons.ContainsKey("data.train.filter_empty_gt"));
    }

    [Fact]
    public void CrowdedImages_GetMoreDetections()
    {
        var survey = Survey(640, 480, 5, [.. Enumerable.Repeat((0, 20.0), 180)]);
        Assert.Equal(300, Build(survey).Config.Model.PostProcessing.MaxDetections);
    }

    [Fact]
    public void Gpu_GetsTheLargeHead()
    {
        var config = Build(Survey(640, 480, 50, (0, 60)), new RecipeOptions
        {
            Device = "cuda",
            Start = RecipeStart.OfBackbone("torchvision://resnet50"),
        }).Config;
        Assert.Equal(("cuda", 50, 256, 4),
            (config.Device, config.Model.Backbone.Depth, config.Model.Neck.Channels, config.Model.Head.TowerDepth));
    }

    [Fact]
    public void OwnDataInCoco_GivesARecipe()
    {
        using var photographs = new OwnPhotographs(10);
        photographs.Pictures("images");
        var data = OwnData.Find(new OwnDataRequest(photographs.Coco("a.json")) { FilePrefix = photographs["mine"] });
        data.Write();
        var recipe = Recipe.For(data, new RecipeOptions { Cores = 2 });
        Assert.Equal(["cat", "dog"], recipe.Config.Data.Classes!);
        Assert.Equal(2, recipe.Config.Model.Head.ClassCount);
        Assert.Equal(data.Train.AnnotationFiles, recipe.Config.Data.Train.AnnotationFiles);
        AssertReadsBack(recipe);
    }
}
