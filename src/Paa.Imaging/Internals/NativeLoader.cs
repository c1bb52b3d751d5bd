using System.Reflection;
using System.Runtime.InteropServices;

namespace Paa.Imaging.Internals;

/// <summary>Finds libpaa_image.so, compares its ABI version with ours, and says what to do when either fails.</summary>
static class NativeLoader
{
    /// <summary>PAA_IMAGE_ABI_VERSION of the header these declarations were written for.</summary>
    internal const int AbiVersion = 1;

    internal const string FileName = "libpaa_image.so";

    /// <summary>Folder to look in first, before the program's own; the same variable as for libpaa_torch.so.</summary>
    internal const string FolderVariable = "PAA_NATIVE";

    internal static void Register() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeLoader).Assembly, (name, assembly, _) =>
            name == Native.Library ? Load(Folders(assembly)) : 0);

    /// <summary>Loads the library from the first folder that has it.</summary>
    /// <exception cref="ImageException">No folder has it, it cannot be loaded, or it was built for another ABI version.</exception>
    internal static nint Load(IReadOnlyList<string> folders)
    {
        var path = folders.Select(folder => Path.Combine(folder, FileName)).FirstOrDefault(File.Exists)
            ?? throw new ImageException(
                FileName, $"not in {string.Join(" or ", folders)}: run ./build.sh build, then build the program again");
        nint library;
        try
        {
            library = NativeLibrary.Load(path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new ImageException(
                path, $"cannot be loaded: run ./build.sh build, which installs OpenCV. The loader says: {error.Message}", error);
        }
        CheckVersion(library, path);
        return library;
    }

    static string[] Folders(Assembly assembly)
    {
        var beside = Path.GetDirectoryName(assembly.Location);
        string?[] folders = [Environment.GetEnvironmentVariable(FolderVariable), AppContext.BaseDirectory, beside];
        return [.. folders.OfType<string>().Where(folder => folder.Length > 0).Select(Path.TrimEndingDirectorySeparator).Distinct()];
    }

    static unsafe void CheckVersion(nint library, string path)
    {
        var version = NativeLibrary.TryGetExport(library, "paa_image_abi_version", out var function)
            ? ((delegate* unmanaged<int>)function)()
            : 0;
        if (version == AbiVersion) return;
        NativeLibrary.Free(library);
        throw new ImageException(path, $"has ABI version {version}, this program needs {AbiVersion}: run ./build.sh build");
    }
}
