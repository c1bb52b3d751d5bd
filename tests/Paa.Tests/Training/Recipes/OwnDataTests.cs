using System.Text.Json.Nodes;
using Paa.Data;
using Paa.Training.Recipes;

namespace Paa.Tests.Training.Recipes;

using Paa.Tests.Data;

public sealed class OwnDataTests : IDisposable
{
    readonly OwnPhotographs _photographs = new(12);

    public void Dispose() => _photographs.Dispose();

    OwnData Find(string train, string? images = null, string? val = null, string? test = null) => OwnData.Find(
        new OwnDataRequest(train) { Images = images, Val = val, Test = test, FilePrefix = _photographs["mine"] });

    /// <summary>Writes what is to be written, and reads the training set.</summary>
    static CocoDataset Written(OwnData data)
    {
        data.Write();
        Assert.NotEmpty(CocoDataset.Load(data.Val, data.Classes).Images);
        Assert.NotEmpty(CocoDataset.Load(data.Test, data.Classes).Images);
        var train = CocoDataset.Load(data.Train, data.Classes);
        Assert.All(Enumerable.Range(0, train.Images.Count), i => Assert.True(File.Exists(train.ImagePath(i))));
        return train;
    }

    [Fact]
    public void FilesThatTrainingCanRead_AreUsedAsTheyAre()
    {
        var images = _photographs.Pictures("images");
        var (train, val) = (_photographs.Coco("a.json", count: 8), _photographs.Coco("b.json", first: 8, count: 4));
        var data = Find(train, val: val);
        Assert.Empty(data.Files);
        Assert.Equal([train], data.Train.AnnotationFiles);
        Assert.Equal([val], data.Val.AnnotationFiles);
        Assert.Equal(data.Val, data.Test);
        Assert.Equal(images, Path.GetFullPath(Assert.Single(data.Train.ImageFolders)));
        Assert.Equal(["cat", "dog"], data.Classes);
        Assert.Empty(data.Notes);
    }

    [Fact]
    public void OneFile_IsSplitByImage_WithEveryClassInBothParts()
    {
        _photographs.Pictures("images");
        var data = Find(_photographs.Coco("a.json"));
        Assert.Equal([_photographs["mine.train.json"], _photographs["mine.val.json"]], data.Files);
        var train = Written(data);
        var val = CocoDataset.Load(data.Val, data.Classes);
        Assert.Equal(12, train.Images.Count + val.Images.Count);
        Assert.Empty(train.Images.Select(image => image.Id).Intersect(val.Images.Select(image => image.Id)));
        foreach (var set in new[] { train, val })
            Assert.Equal([0, 1], Enumerable.Range(0, set.Images.Count).SelectMany(i => set.Targets(i).Labels).Distinct().Order());
        Assert.Contains("no file to evaluate on", Assert.Single(data.Notes));
    }

    [Theory]
    [InlineData("train/_annotations.coco.json")]
    [InlineData("train")]
    [InlineData("")]
    public void ExportOfRoboflow_HasItsSplits_AndItsParentIsNoClass(string named)
    {
        foreach (var (split, first, count) in new[] { ("train", 0, 6), ("valid", 6, 3), ("test", 9, 3) })
        {
            _photographs.Pictures(split, first, count);
            _photographs.Coco($"{split}/_annotations.coco.json", content => content["categories"] = new JsonArray(
                OwnPhotographs.Category(0, "pets"), OwnPhotographs.Category(1, "cat", "pets"),
                OwnPhotographs.Category(2, "dog", "pets")), first, count);
        }
        var data = Find(_photographs[named]);
        Assert.Equal(["cat", "dog"], data.Classes);
        Assert.Empty(data.Files);
        Assert.Contains(data.Notes, note => note.Contains("'pets' has no boxes", StringComparison.Ordinal));
        Assert.Equal(6, Written(data).Images.Count);
        Assert.Equal(_photographs["valid"], Path.GetFullPath(Assert.Single(data.Val.ImageFolders)));
        Assert.Equal(_photographs["test"], Path.GetFullPath(Assert.Single(data.Test.ImageFolders)));
    }

    [Fact]
    public void IdsThatAreTexts_AreNumbered_AndBoxesStayWithTheirImages()
    {
        _photographs.Pictures("images");
        var file = _photographs.Coco("a.json", content =>
        {
            foreach (var image in content["images"]!.AsArray()) image!["id"] = $"id-{image["id"]}";
            foreach (var category in content["categories"]!.AsArray()) category!["id"] = category["id"]!.ToString();
            foreach (var box in content["annotations"]!.AsArray())
            {
                box!["id"] = $"box {box["id"]}";
                box["image_id"] = $"id-{box["image_id"]}";
                box["category_id"] = box["category_id"]!.ToString();
            }
        });
        var train = Written(Find(file));
        Assert.Empty(train.Findings);
        for (var i = 0; i < train.Images.Count; i++)
        {
            var picture = int.Parse(train.Images[i].FileName.AsSpan(6, 2));
            Assert.Equal(OwnPhotographs.Boxes(picture).Select(box => (box.Dog ? 1 : 0, (double)box.X, (double)box.Y)),
                train.Annotations(i).ToArray().Select(box => (box.Label, box.X, box.Y)));
        }
    }

    [Theory]
    [InlineData("VOC", "VOC/Annotations", "VOC/JPEGImages")]
    [InlineData("VOC/Annotations", "VOC/Annotations", "VOC/JPEGImages")]
    [InlineData("both", "both", "both")]
    public void VocFolder_IsConverted(string named, string xml, string pictures)
    {
        _photographs.Pictures(pictures);
        _photographs.Voc(xml);
        var data = Find(_photographs[named]);
        Assert.Equal(["cat", "dog"], data.Classes);
        var train = Written(data);
        for (var i = 0; i < train.Images.Count; i++)
        {
            var (_, x, y, boxWidth, boxHeight) = OwnPhotographs.Boxes(int.Parse(train.Images[i].FileName.AsSpan(6, 2)))[0];
            Assert.Equal(new Paa.Boxes.Box(x, y, x + boxWidth, y + boxHeight), train.Targets(i).Boxes[0]);
        }
    }

    [Fact]
    public void ListsOfVoc_AreItsSplits()
    {
        _photographs.Pictures("VOC/JPEGImages");
        _photographs.Voc("VOC/Annotations");
        foreach (var (split, first, count) in new[] { ("train", 0, 7), ("val", 7, 3), ("test", 10, 2) })
            _photographs.Write($"VOC/ImageSets/Main/{split}.txt", string.Concat(Enumerable.Range(first, count)
                .Select(i => $"photo{i}\n")));
        foreach (var file in Directory.GetFiles(_photographs["VOC/Annotations"]))
        {
            var number = int.Parse(Path.GetFileNameWithoutExtension(file).AsSpan(6));
            File.Move(file, _photographs[$"VOC/Annotations/photo{number}.xml"]);
        }
        var data = Find(_photographs["VOC"], test: null);
        Assert.Equal(3, data.Files.Count);
        Assert.Equal(7, Written(data).Images.Count);
        Assert.Equal(3, CocoDataset.Load(data.Val).Images.Count);
        Assert.Equal(2, CocoDataset.Load(data.Test, data.Classes).Images.Count);
    }

    [Theory]
    [InlineData("images/train", "labels/train", "images/train", "images/val", "images/val", "labels/val")]
    [InlineData("train/images", "train/labels", "../train/images", "../valid/images", "valid/images", "valid/labels")]
    public void YoloFolder_IsConverted(
        string trainImages, string trainLabels, string train, string val, string valImages, string valLabels)
    {
        _photographs.Pictures(trainImages, 0, 8);
        _photographs.YoloLabels(trainLabels, 0, 8);
        _photographs.Pictures(valImages, 8, 4);
        _photographs.YoloLabels(valLabels, 8, 4);
        var yaml = _photographs.Write(
            "data.yaml", $"path: /content/elsewhere\ntrain: {train}\nval: {val}\ntest:\nnames: [cat, dog]\n");
        foreach (var named in new[] { yaml, Path.GetDirectoryName(yaml)! })
        {
            var data = Find(named);
            Assert.Equal(["cat", "dog"], data.Classes);
            var set = Written(data);
            Assert.Equal(8, set.Images.Count);
            Assert.Equal(4, CocoDataset.Load(data.Val).Images.Count);
            Assert.Equal(4, set.Targets(0).Boxes[0].X1, tolerance: 1e-3);
        }
    }

    [Fact]
    public void YoloSetWithOneFolderForAllSplits_IsSplit()
    {
        _photographs.Pictures("images");
        _photographs.YoloLabels("labels");
        var data = Find(_photographs.Write("data.yaml", "path: .\ntrain: images\nval: images\nnames:\n  0: cat\n  1: dog\n"));
        Assert.InRange(Written(data).Images.Count, 9, 10);
    }

    [Fact]
    public void NamesWithFoldersOfAnotherMachine_AreFoundByTheirLastPart_AndMissingImagesAreLeftOut()
    {
        _photographs.Pictures("pictures", count: 11);
        var file = _photographs.Coco("annotations/a.json", content =>
        {
            foreach (var image in content["images"]!.AsArray()) image!["file_name"] = $"C:\\data\\{image["file_name"]}";
        });
        var data = Find(file, images: _photographs["pictures"]);
        data.Write();
        Assert.Equal(11, CocoDataset.Load(data.Train).Images.Count + CocoDataset.Load(data.Val).Images.Count);
        Written(data);
    }

    [Fact]
    public void FileOfTheOtherSplit_IsFoundBesideTheTrainingFile_WithItsImagesElsewhere()
    {
        _photographs.Pictures("elsewhere/pictures");
        var train = _photographs.Coco("json/train.json", count: 8);
        var val = _photographs.Coco("json/val.json", first: 8, count: 4);
        var data = Find(train, images: _photographs["elsewhere/pictures"]);
        Assert.Equal([val], data.Val.AnnotationFiles.Select(Path.GetFullPath));
        Assert.Contains("val: ", Assert.Single(data.Notes));
        Assert.Empty(data.Files);
        Written(data);
    }

    [Fact]
    public void ValidationFileWithoutAClass_IsCompleted()
    {
        _photographs.Pictures("images");
        var train = _photographs.Coco("a.json", count: 8);
        var val = _photographs.Coco("b.json", content => content["categories"]!.AsArray().RemoveAt(1), first: 10, count: 2);
        var data = Find(train, val: val);
        Assert.Equal([_photographs["mine.val.json"]], data.Files);
        Written(data);
    }

    [Fact]
    public void CategoryWithoutABox_IsNoClass()
    {
        _photographs.Pictures("images");
        var data = Find(_photographs.Coco("a.json", content =>
            content["categories"]!.AsArray().Insert(0, OwnPhotographs.Category(9, "horse"))));
        Assert.Equal(["cat", "dog"], data.Classes);
        Assert.Contains(data.Notes, note => note.Contains("horse", StringComparison.Ordinal));
        Assert.Equal(2, Written(data).Classes.Count);
    }

    [Fact]
    public void ImagesInBothSets_AreTold()
    {
        _photographs.Pictures("images");
        var data = Find(_photographs.Coco("a.json"), val: _photographs.Coco("b.json", first: 9, count: 3));
        Assert.Contains("3 of the 3 images to evaluate on are also learnt from", Assert.Single(data.Notes));
    }

    public static TheoryData<string, string> Mistakes => new()
    {
        { "nothing", "nothing: no such file or folder; expected a COCO JSON file, a folder of VOC's XML files" },
        { "empty", "empty: no annotations here; expected a COCO JSON file" },
        { "labels.txt", "labels.txt: these are no annotations" },
        { "voc/one.xml", "one.xml: these are the annotations of one image; name their folder." },
        { "other.json", "other.json: no images and no annotations and no categories at the top level" },
        { "twice.json", "twice.json: 2 categories are named 'cat', ids 1, 2: give each a name of its own, or all one id." },
        { "broken.json", "broken.json: none of its 16 boxes can be trained on: 16 x box below one pixel" },
        { "unlabelled.json", "unlabelled.json: there is no box on its 12 images." },
        { "one.json", "one.json: there is only one image; training needs one to learn from and another" },
        { "nowhere.json", "nowhere.json: not one of its 12 images was found, such as gone photo 00.png; looked in " },
        { "yolo", "yolo: no annotations here; expected a COCO JSON file, a folder of VOC's XML files, or the data.yaml of a YOLO "
            + "data set. There are label files, but no data.yaml" },
        { "several", "several: 2 JSON files are here; name one of a.json, b.json." },
    };

    [Theory, MemberData(nameof(Mistakes))]
    public void Mistake_GivesOneClearError(string named, string message)
    {
        _photographs.Pictures("images");
        Directory.CreateDirectory(_photographs["empty"]);
        _photographs.Write("labels.txt", "0 0.5 0.5 0.1 0.1");
        _photographs.Write("voc/one.xml", "<annotation/>");
        _photographs.Write("other.json", """{"name": "a package"}""");
        _photographs.Coco("twice.json", content => content["categories"]!.AsArray()[1]!["name"] = "cat");
        _photographs.Coco("broken.json", content =>
        {
            foreach (var box in content["annotations"]!.AsArray()) box!["bbox"] = new JsonArray(1, 1, 0, 5);
        });
        _photographs.Coco("unlabelled.json", content => content["annotations"] = new JsonArray());
        _photographs.Coco("one.json", count: 1);
        _photographs.Coco("nowhere.json", content =>
        {
            foreach (var image in content["images"]!.AsArray()) image!["file_name"] = $"gone {image["file_name"]}";
        });
        _photographs.YoloLabels("yolo/labels");
        _photographs.Coco("several/a.json");
        _photographs.Coco("several/b.json");
        var error = Assert.Throws<DataException>(() => Find(_photographs[named]));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
