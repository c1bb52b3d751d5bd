using System.Reflection;
using System.Runtime.InteropServices;

namespace Paa.Torch.Internals;

/// <summary>Finds libpaa_torch.so, compares its ABI version with ours, and says what to do when either fails.</summary>
static class NativeLoader
{
    /// <summary>PAA_TORCH_ABI of the header these declarations were written for.</summary>
    internal const int AbiVersion = 1;

    internal const string FileName = "libpaa_torch.so";

    /// <summary>Folder to look in first, before the program's own; for a library kept elsewhere.</summary>
    internal const string FolderVariable = "PAA_NATIVE";

    /// <summary>The loaded file; empty before the first native call.</summary>
    internal static string LoadedPath { get; private set; } = "";

    internal static void Register() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeLoader).Assembly, (name, assembly, _) =>
            name == Native.Library ? Load(Folders(assembly)) : 0);

    /// <summary>Loads the library from the first folder that has it.</summary>
    /// <exception cref="TorchException">No folder has it, it cannot be loaded, or it was built for another ABI version.</exception>
    internal static nint Load(IReadOnlyList<string> folders)
    {
        var path = folders.Select(folder => Path.Combine(folder, FileName)).FirstOrDefault(File.Exists)
            ?? throw Failure($"{FileName} is not in {string.Join(" or ", folders)}. Run ./build.sh build, then build the program again.");
        nint library;
        try
        {
            library = NativeLibrary.Load(path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw Failure($"{path} cannot be loaded. Run ./build.sh build, which installs libtorch. The loader says: {error.Message}");
        }
        CheckVersion(library, path);
        LoadedPath = path;
        return library;
    }

    static IReadOnlyList<string> Folders(Assembly assembly)
    {
        var beside = Path.GetDirectoryName(assembly.Location);
        string?[] folders = [Environment.GetEnvironmentVariable(FolderVariable), AppContext.BaseDirectory, beside];
        return [.. folders.Where(folder => !string.IsNullOrEmpty(folder)).Select(folder => Path.TrimEndingDirectorySeparator(folder!)).Distinct()];
    }

    static unsafe void CheckVersion(nint library, string path)
    {
        var version = NativeLibrary.TryGetExport(library, "paa_abi_version", out var function)
            ? ((delegate* unmanaged<int>)function)()
            : 0;
        if (version == AbiVersion) return;
        NativeLibrary.Free(library);
        throw Failure($"{path} has ABI version {version}, this program needs {AbiVersion}. Run ./build.sh build.");
    }

    static TorchException Failure(string message) => new("native library", message);
}
