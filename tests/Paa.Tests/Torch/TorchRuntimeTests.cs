using System.Diagnostics;
using Paa.Checkpoints;
using Paa.Torch;
using Paa.Torch.Internals;

namespace Paa.Tests.Torch;

[Collection("Native")]
public class TorchRuntimeTests
{
    [Fact]
    public void ManualSeed_RepeatsRandomNumbers()
    {
        using var scope = new TensorScope();
        TorchRuntime.ManualSeed(7);
        var first = Tensor.Empty([5]).NormalInPlace().ToArray<float>();
        TorchRuntime.ManualSeed(7);
        Assert.Equal(first, Tensor.Empty([5]).NormalInPlace().ToArray<float>());
        Assert.NotEqual(first, Tensor.Empty([5]).NormalInPlace().ToArray<float>());
    }

    [Fact]
    public void Generator_OfOnesOwn_IsTheDefaultOneUndisturbed()
    {
        using var live = new LiveTensorCheck();
        using var scope = new TensorScope();
        TorchRuntime.ManualSeed(7);
        var expected = Tensor.Empty([50]).NormalInPlace().ToArray<float>();
        TorchRuntime.ManualSeed(1);
        using var generator = new Generator(7);
        Tensor.Empty([5]).UniformInPlace();                     // somebody else draws from the default one
        Assert.Equal(expected, Tensor.Empty([50]).NormalInPlace(generator: generator).ToArray<float>());
        TorchRuntime.ManualSeed(7);
        Assert.Equal(expected, Tensor.Empty([50]).NormalInPlace().ToArray<float>());
    }

    [Fact]
    public void UseThreads_IsForTheCallingThreadAlone()
    {
        var before = TorchRuntime.ThreadCount;
        using (TorchRuntime.UseThreads(before + 3))
        {
            Assert.Equal(before + 3, TorchRuntime.ThreadCount);
            var other = 0;
            var thread = new Thread(() => other = TorchRuntime.ThreadCount);
            thread.Start();
            thread.Join();
            Assert.Equal(before, other);
            using (TorchRuntime.UseThreads(1)) Assert.Equal(1, TorchRuntime.ThreadCount);
            Assert.Equal(before + 3, TorchRuntime.ThreadCount);
        }
        Assert.Equal(before, TorchRuntime.ThreadCount);
        Assert.Throws<TorchException>(() => TorchRuntime.UseThreads(0));
    }

    [Theory]
    [InlineData(null)]      // all cores
    [InlineData("1")]
    public void ThreadCount_OfANewProcess_IsThatOfTheEnvironmentOrOfTheCores(string? wanted)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Paa.Cli.dll"), "doctor"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment.Remove("OMP_NUM_THREADS");
        if (wanted is not null) start.Environment["OMP_NUM_THREADS"] = wanted;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Contains($" {wanted ?? $"{Environment.ProcessorCount}"} of {Environment.ProcessorCount} cores", output);
    }

    [Fact]
    public void ThreadCount_CanBeSet()
    {
        var before = TorchRuntime.ThreadCount;
        TorchRuntime.ThreadCount = before + 1;
        Assert.Equal(before + 1, TorchRuntime.ThreadCount);
        Assert.Throws<TorchException>(() => TorchRuntime.ThreadCount = 0);
        TorchRuntime.ThreadCount = before;
    }

    [Fact]
    public void Threads_ComputeIndependently()
    {
        using var live = new LiveTensorCheck();
        using var weight = Tensor.Ones([8, 8]);
        weight.RequiresGrad = true;
        var sums = new double[8];
        Parallel.For(0, sums.Length, i =>
        {
            for (var repeat = 0; repeat < 50; repeat++)
            {
                using var scope = new TensorScope();
                using var noGrad = i % 2 == 0 ? new NoGrad() : null;
                var x = Tensor.Full([8, 8], i + 1);
                var y = x.MatMul(weight);
                Assert.Equal(i % 2 != 0, y.RequiresGrad);
                sums[i] = y.Sum().ToDouble();
            }
        });
        Assert.Equal(Enumerable.Range(1, 8).Select(i => 512.0 * i), sums);
    }

    [Fact]
    public void Dispose_WhileAnotherThreadUsesTheTensor_IsAnErrorOrFine()
    {
        using var live = new LiveTensorCheck();
        for (var repeat = 0; repeat < 200; repeat++)
        {
            var x = Tensor.Ones([64]);
            var user = new Thread(() =>
            {
                try
                {
                    using var y = x.Exp();
                    Assert.Equal(MathF.E, y.AsSpan<float>()[63], 1e-6f);
                }
                catch (ObjectDisposedException)
                {
                    // the other thread was first
                }
            });
            user.Start();
            x.Dispose();
            user.Join();
        }
    }

    [Fact]
    public void LargeTensors_ReuseMemoryWithoutSharingIt()
    {
        using var live = new LiveTensorCheck();
        Parallel.For(0, 4, worker =>
        {
            var random = new Random(worker);
            var tensors = new Queue<(Tensor Tensor, float Value)>();
            for (var repeat = 0; repeat < 60; repeat++)
            {
                var value = 1000 * worker + repeat;
                // Up to 4 MB: around the cache's threshold.
                tensors.Enqueue((Tensor.Full([random.Next(1, 4 << 18)], value), value));
                if (tensors.Count < 4) continue;
                var (oldest, expected) = tensors.Dequeue();
                Assert.Equal(-1, oldest.AsSpan<float>().IndexOfAnyExcept(expected));
                oldest.Dispose();
            }
            foreach (var (tensor, _) in tensors) tensor.Dispose();
        });
    }

    [Fact]
    public void Facts_AreThere()
    {
        Assert.Matches(@"^\d+\.\d+", TorchRuntime.Version);
        Assert.Contains("get_num_threads", TorchRuntime.BuildInfo);
        Assert.EndsWith("libpaa_torch.so", TorchRuntime.NativePath);
        Assert.True(File.Exists(TorchRuntime.NativePath));
    }

    [SkippableFact]
    public void Cuda_ComputesAndCounts()
    {
        Skip.IfNot(TorchRuntime.CudaAvailable, "no CUDA device");
        using var x = Tensor.Ones([1024, 1024], device: Device.Cuda());
        using var y = x.MatMul(x);
        TorchRuntime.CudaSynchronize();
        Assert.Equal(1024, y.ToArray<float>()[0]);
        Assert.InRange(TorchRuntime.CudaMemoryAllocated(), 8 << 20, TorchRuntime.CudaMemoryPeak());
    }

    [SkippableFact]
    public void Cuda_WhereThereIsNone_IsAClearError()
    {
        Skip.If(TorchRuntime.CudaAvailable, "there is a CUDA device");
        Assert.Equal(0, TorchRuntime.CudaDeviceCount);
        Assert.Throws<TorchException>(() => Tensor.Ones([1], device: Device.Cuda()));
        Assert.Throws<TorchException>(() => TorchRuntime.CudaMemoryAllocated());
    }

    [Fact]
    public void Autocast_ComputesInBFloat16AndEnds()
    {
        using var scope = new TensorScope();
        var x = Tensor.Ones([1, 2, 4, 4]);
        var weight = Tensor.Ones([3, 2, 3, 3]);
        using (new Autocast(Device.Cpu)) Assert.Equal(ScalarType.BFloat16, Functional.Conv2d(x, weight).Type);
        Assert.Equal(ScalarType.Float32, Functional.Conv2d(x, weight).Type);
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("cuda:3")]
    public void Device_ParsesItsOwnName(string name) => Assert.Equal(name, Device.Parse(name).ToString());

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:x")]
    [InlineData("cuda:-1")]
    public void Device_OfAnotherName_IsRefused(string name) =>
        Assert.Contains(name, Assert.Throws<FormatException>(() => Device.Parse(name)).Message);

    [Fact]
    public void MissingLibrary_NamesFileAndFix()
    {
        var error = Assert.Throws<TorchException>(() => NativeLoader.Load(["/nowhere"]));
        Assert.Contains("libpaa_torch.so: not in /nowhere", error.Message);
        Assert.Contains("./build.sh build", error.Message);
    }

    [Fact]
    public void DamagedOrForeignLibrary_NamesFileAndFix()
    {
        var folder = Directory.CreateTempSubdirectory("paa");
        try
        {
            var file = Path.Combine(folder.FullName, "libpaa_torch.so");
            File.WriteAllText(file, "not a library");
            var error = Assert.Throws<TorchException>(() => NativeLoader.Load([folder.FullName]));
            Assert.Contains($"{file}: cannot be loaded", error.Message);

            File.Copy("/lib/x86_64-linux-gnu/libdl.so.2", file, overwrite: true); // any library without our handshake
            error = Assert.Throws<TorchException>(() => NativeLoader.Load([folder.FullName]));
            Assert.Contains("ABI version 0", error.Message);
            Assert.Contains("./build.sh build", error.Message);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
