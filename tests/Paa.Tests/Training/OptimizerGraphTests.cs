using Paa.Checkpoints;
using Paa.Torch;
using Paa.Training;

namespace Paa.Tests.Training;

public class OptimizerGraphTests
{
    [Fact]
    public void Read_TakesAStepThatIsAPlainNumber_AsBeforePyTorch112()
    {
        using var scope = new TensorScope();
        var average = StoredTensor.From<float>([1, 2], 2);
        var memory = new PickleDict { ["step"] = 7L, ["exp_avg"] = average, ["note"] = "text", [3L] = 1L };
        var group = new PickleDict { ["lr"] = 0.1, ["params"] = new List<object?> { 0L }, [5L] = 1L };
        var state = OptimizerGraph.Read(new PickleDict
        {
            ["state"] = new PickleDict { [0L] = memory },
            ["param_groups"] = new List<object?> { group },
        });
        Assert.Equal(["exp_avg", "step"], state.State[0].Keys.Order());
        Assert.Equal(7, state.State[0]["step"].ToDouble());
        Assert.Equal(0.1, state.ParameterGroups[0]["lr"]);
    }

    [Fact]
    public void Read_OfSomethingElse_SaysSo()
    {
        var group = new PickleDict { ["params"] = "all" };
        Assert.Equal("a group of 'param_groups' has no 'params'.", Error(new PickleDict(), group));
        group = new PickleDict { ["params"] = new List<object?> { 0L } };
        Assert.Equal("'state' has an entry of number 4294967296.",
            Error(new PickleDict { [1L << 32] = new PickleDict() }, group));

        static string Error(PickleDict state, PickleDict group) => Assert.Throws<TrainingException>(() => OptimizerGraph.Read(
            new PickleDict { ["state"] = state, ["param_groups"] = new List<object?> { group } })).Message;
    }
}
