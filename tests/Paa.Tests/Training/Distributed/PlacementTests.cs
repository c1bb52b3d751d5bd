using Paa.Training.Distributed;

namespace Paa.Tests.Training.Distributed;

/// <summary>The environments of launchers, as they document them.</summary>
[Trait("Category", "Distributed")]
public sealed class PlacementTests
{
    [Theory]
    [InlineData("")]
    [InlineData("RANK=0 WORLD_SIZE=1")]                                                      // a pod on its own
    [InlineData("SLURM_PROCID=0 SLURM_NTASKS=8 SLURM_JOB_NODELIST=n[1-2] SLURM_JOB_ID=7")]      // a batch script, not srun
    [InlineData("SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1")]
    public void FromEnvironment_OfOneProcess_IsNull(string variables) => Assert.Null(Read(variables));

    [Fact]
    public void FromEnvironment_ReadsTorchrun()
    {
        var placement = Read("RANK=9 WORLD_SIZE=16 LOCAL_RANK=1 LOCAL_WORLD_SIZE=8 MASTER_ADDR=node1 MASTER_PORT=1234 "
            + "TORCHELASTIC_USE_AGENT_STORE=True TORCHELASTIC_RESTART_COUNT=2");
        Assert.Equal(new Placement(9, 16, 1, 8, "node1", 1234) { IsStoreOfLauncher = true, Attempt = 2 }, placement);
        Assert.True(placement!.HasOtherMachines);
        Assert.False((placement with { Rank = 0 }).ServesStore);
    }

    [Fact]
    public void FromEnvironment_ReadsPyTorchJob()
    {
        var placement = Read("RANK=3 WORLD_SIZE=4 MASTER_ADDR=job-master-0 MASTER_PORT=23456 PYTHONUNBUFFERED=1");
        Assert.Equal(new Placement(3, 4, 0, 1, "job-master-0", 23456), placement);
        Assert.True((placement! with { Rank = 0 }).ServesStore);
    }

    [Fact]
    public void FromEnvironment_ReadsSlurm()
    {
        var placement = Read("SLURM_STEP_ID=0 SLURM_PROCID=10 SLURM_NTASKS=12 SLURM_STEP_NUM_TASKS=12 SLURM_LOCALID=2 "
            + "SLURM_NODEID=1 SLURM_STEP_TASKS_PER_NODE=8,4 SLURM_JOB_NODELIST=gpu[07-08] SLURM_JOB_ID=123456");
        Assert.Equal(new Placement(10, 12, 2, 4, "gpu07", 29500 + 3456), placement);
    }

    [Fact]
    public void FromEnvironment_PrefersTorchrunToSlurm()
    {
        var placement = Read("SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2 SLURM_JOB_NODELIST=a,b "
            + "RANK=5 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=4 MASTER_ADDR=a");
        Assert.Equal(new Placement(5, 8, 1, 4, "a", Placement.DefaultPort), placement);
    }

    [Theory]
    [InlineData("RANK=1", "RANK is set and WORLD_SIZE is not")]
    [InlineData("WORLD_SIZE=2", "WORLD_SIZE is set and RANK is not")]
    [InlineData("RANK=one WORLD_SIZE=2 MASTER_ADDR=a", "RANK is \"one\", expected an integer.")]
    [InlineData("RANK=1 WORLD_SIZE=2", "MASTER_ADDR is not set")]
    [InlineData("RANK=2 WORLD_SIZE=2 MASTER_ADDR=a", "rank 2 is not in 0..1 (world size 2)")]
    [InlineData("RANK=-1 WORLD_SIZE=2 MASTER_ADDR=a", "rank -1 is not in 0..1")]
    [InlineData("RANK=1 WORLD_SIZE=2 LOCAL_RANK=3 LOCAL_WORLD_SIZE=2 MASTER_ADDR=a", "local rank 3 is not in 0..1")]
    [InlineData("RANK=1 WORLD_SIZE=2 LOCAL_RANK=0 LOCAL_WORLD_SIZE=4 MASTER_ADDR=a", "4 processes on this machine do not fit 2")]
    [InlineData("RANK=1 WORLD_SIZE=2 MASTER_ADDR=a MASTER_PORT=70000", "port 70000")]
    [InlineData("SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2", "neither SLURM_STEP_NODELIST nor SLURM_JOB_NODELIST")]
    public void FromEnvironment_OfContradictions_SaysWhatIsWrong(string variables, string message) =>
        Assert.Contains(message, Assert.Throws<DistributedException>(() => Read(variables)).Message);

    [Theory]
    [InlineData("login", "login")]
    [InlineData("a,b", "a b")]
    [InlineData("gpu[1-3]", "gpu1 gpu2 gpu3")]
    [InlineData("gpu[008-010,12],login", "gpu008 gpu009 gpu010 gpu12 login")]
    [InlineData("r[1-2]-ib,x", "r1-ib r2-ib x")]
    public void Expand_ListsHosts(string list, string expected) => Assert.Equal(expected.Split(' '), SlurmHosts.Expand(list));

    [Theory]
    [InlineData("gpu[1-")]
    [InlineData("gpu[3-1]")]
    [InlineData("gpu[a-b]")]
    [InlineData("a,")]
    [InlineData("gpu[1-99999999]")]
    public void Expand_OfNonsense_Fails(string list) =>
        Assert.Contains("is no list of Slurm", Assert.Throws<DistributedException>(() => SlurmHosts.Expand(list)).Message);

    [Fact]
    public void ExpandCounts_ListsTasks() => Assert.Equal([8, 8, 4], SlurmHosts.ExpandCounts("8(x2),4"));

    static Placement? Read(string variables)
    {
        var values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return Placement.FromEnvironment(values.GetValueOrDefault);
    }
}
