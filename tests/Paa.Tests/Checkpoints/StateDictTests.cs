using Paa.Checkpoints;

namespace Paa.Tests.Checkpoints;

public class StateDictTests
{
    static StoredTensor One => StoredTensor.From<float>([1], 1);
    static StoredTensor Two => StoredTensor.From<float>([2], 1);

    [Theory]
    [InlineData("state_dict")]
    [InlineData("model")]
    [InlineData("model_state_dict")]
    public void FromGraph_FindsTheDictInItsWrapper(string wrapper)
    {
        var tensors = StateDict.FromGraph(
            new PickleDict { [wrapper] = new PickleDict { ["w"] = One }, ["optimizer"] = new PickleDict() });
        Assert.Equal(["w"], tensors.Names);
    }

    [Fact]
    public void FromGraph_RemovesThePrefixOfDataParallel_AndSaysSo()
    {
        var tensors = StateDict.FromGraph(new PickleDict { ["module.a"] = One, ["module.b"] = One });
        Assert.Equal(["a", "b"], tensors.Names);
        Assert.Equal("module.", tensors.RemovedPrefix);
        var mixed = StateDict.FromGraph(new PickleDict { ["module.a"] = One, ["b"] = One });
        Assert.Equal(["module.a", "b"], mixed.Names);
        Assert.Equal("", mixed.RemovedPrefix);
    }

    [Fact]
    public void FromGraph_LeavesOutAveragesAndOtherValues_AndSaysSo()
    {
        var tensors = StateDict.FromGraph(new PickleDict { ["a"] = One, ["ema_a"] = One, ["note"] = "text", [3L] = One });
        Assert.Equal(["a"], tensors.Names);
        Assert.Equal(["ema_a", "note", "3"], tensors.Ignored);
    }

    [Fact]
    public void FromGraph_OfTheAverage_TakesBuffersOfTheHook_AndTheRestAsItIs()
    {
        var graph = new PickleDict
        {
            ["state_dict"] = new PickleDict { ["module.a.b"] = One, ["module.c"] = One, ["module.ema_a_b"] = Two },
        };
        var tensors = StateDict.FromGraph(graph, average: true);
        Assert.Equal([("a.b", 2f), ("c", 1f)], tensors.Select(pair => (pair.Key, pair.Value.ToArray<float>()[0])));
        Assert.Equal(1f, StateDict.FromGraph(graph)["a.b"].ToArray<float>()[0]);
    }

    [Theory]
    [InlineData("ema_state_dict", "module.")]
    [InlineData("state_dict_ema", "")]
    public void FromGraph_OfTheAverage_TakesTheDictBeside(string wrapper, string prefix)
    {
        var average = new PickleDict { ["steps"] = One, [$"{prefix}a"] = Two };
        var graph = new PickleDict { ["state_dict"] = new PickleDict { ["a"] = One }, [wrapper] = average };
        var tensors = StateDict.FromGraph(graph, average: true);
        Assert.Equal(["a"], tensors.Names);
        Assert.Equal(2f, tensors["a"].ToArray<float>()[0]);
    }

    [Fact]
    public void FromGraph_OfAnAverageThatIsNotThere_OrOfAnotherShape_SaysSo()
    {
        var graph = new PickleDict { ["a"] = One };
        Assert.StartsWith("has no averaged weights: no ema_*",
            Assert.Throws<CheckpointException>(() => StateDict.FromGraph(graph, average: true)).Message);
        graph["ema_a"] = StoredTensor.From<float>([1, 2], 2);
        Assert.Equal("has an average of 'a' of another shape: Float32 [2] for Float32 [1].",
            Assert.Throws<CheckpointException>(() => StateDict.FromGraph(graph, average: true)).Message);
    }

    [Theory]
    [InlineData("CLASSES")]
    [InlineData("classes")]
    public void Classes_StandInTheMeta_InItsDatasetMeta_OrBesideIt(string key)
    {
        var names = new PickleDict { [key] = new PickleTuple("a", "b") };
        Assert.Equal(["a", "b"], Classes(("meta", names)));
        Assert.Equal(["a", "b"], Classes(("meta", new PickleDict { ["dataset_meta"] = names })));
        Assert.Equal(["a", "b"], Classes(("meta", new PickleDict { ["dataset_meta"] = new PickleDict(), [key] = names[key] })));
        Assert.Equal(["a", "b"], Classes((key, names[key]!)));
        Assert.Equal(["a"], Classes((key, "a")));
        Assert.Null(Classes((key, new PickleTuple("a", 1L))));

        static IReadOnlyList<string>? Classes((string Key, object Value) entry) => StateDict.FromGraph(
            new PickleDict { [entry.Key] = entry.Value, ["state_dict"] = new PickleDict { ["w"] = One } }).Meta.Classes;
    }

    /// <summary>As the hooks of mmcv and MMEngine leave them: the averages stand where the weights were.</summary>
    [Fact]
    public void FromGraph_OfAveragedTraining_TakesWhatMmdetectionTests()
    {
        var mmcv = new PickleDict { ["backbone.conv1.weight"] = One, ["ema_backbone_conv1_weight"] = Two };
        var mmengine = new PickleDict { ["module.backbone.conv1.weight"] = Two, ["steps"] = StoredTensor.From<long>([7], 1) };
        var averages = new PickleDict { ["backbone.conv1.weight"] = One };
        foreach (var graph in (PickleDict[])[
            new PickleDict { ["state_dict"] = mmcv },
            new PickleDict { ["state_dict"] = averages, ["ema_state_dict"] = mmengine }])
        {
            var tensors = StateDict.FromGraph(graph);
            Assert.Equal(["backbone.conv1.weight"], tensors.Names);
            Assert.Equal(1f, tensors["backbone.conv1.weight"].ToArray<float>()[0]);
        }
    }

    [Fact]
    public void FromGraph_WithoutTensors_NamesTheKeys()
    {
        var error = Assert.Throws<CheckpointException>(() =>
            StateDict.FromGraph(new PickleDict { ["epoch"] = 1L, ["note"] = "text" }));
        Assert.Equal("holds no state dict; its keys are: epoch, note.", error.Message);
        Assert.Throws<CheckpointException>(() => StateDict.FromGraph(new List<object?>()));
    }

    [Fact]
    public void Meta_GivesClassesEpochAndIteration()
    {
        var meta = new PickleDict
        {
            ["CLASSES"] = new PickleTuple("cat", "dog"),
            ["epoch"] = 12L,
            ["iter"] = 7330L,
            ["config"] = "x = 1"
        };
        var tensors = StateDict.FromGraph(new PickleDict { ["meta"] = meta, ["state_dict"] = new PickleDict() });
        var later = new PickleDict { ["dataset_meta"] = new PickleDict { ["classes"] = new PickleTuple("cow") } };
        Assert.Equal(["cow"], new CheckpointMeta(later).Classes);
        Assert.Equal(["cat", "dog"], tensors.Meta.Classes);
        Assert.Equal((12, 7330, "x = 1"), (tensors.Meta.Epoch, tensors.Meta.Iteration, tensors.Meta.Text("config")));
        Assert.Null(new CheckpointMeta([]).Classes);
        Assert.Null(new CheckpointMeta(new PickleDict { ["CLASSES"] = 5L }).Classes);
    }

    [Fact]
    public void ToGraph_KeepsOrderAndAttributes()
    {
        var graph = new PickleDict { IsOrderedDict = true, Attributes = new PickleDict { ["_metadata"] = new PickleDict() } };
        graph["b"] = One;
        graph["a"] = One;
        GraphAssert.Equal(graph, StateDict.FromGraph(graph).ToGraph());
    }
}
