using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Paa.Platform;

/// <summary>A native library of this project: finds it, loads it and compares its ABI version.</summary>
/// <param name="fileName">Such as <c>libpaa_torch.so</c>.</param>
/// <param name="builtOn">What it is built on and <c>build.sh</c> installs, for the message when it cannot be loaded.</param>
/// <param name="package">The NuGet package that has it, for messages to those who have no clone.</param>
/// <param name="abiVersion">Version of the header that the declarations were written for.</param>
/// <param name="versionFunction">Name of the library's function that returns its own version.</param>
/// <param name="failure">Makes the exception from the file, the reason with its remedy, and the cause.</param>
sealed class NativeFile(
    string fileName, string builtOn, NativePackage package, int abiVersion, string versionFunction,
    Func<string, string, Exception?, Exception> failure)
{
    /// <summary>Folder to look in first, before the program's own; for libraries kept elsewhere.</summary>
    const string FolderVariable = "PAA_NATIVE";

    /// <summary>Called with the library once it is loaded, before anybody else can call into it; may be null.</summary>
    public Action<nint>? Prepare { get; init; }

    /// <summary>The loaded file; empty before the first native call.</summary>
    public string LoadedPath { get; private set; } = "";

    /// <summary>Whether messages may send the reader to <c>build.sh</c>.</summary>
    public bool IsInClone { get; init; } = SourceTree.IsHome;

    /// <summary>Loads it when an assembly first calls a function declared with this library name.</summary>
    public void Register(Assembly assembly, string library) =>
        NativeLibrary.SetDllImportResolver(assembly, (name, caller, _) => name == library ? Load(Folders(caller), caller) : 0);

    /// <summary>Loads the library from the first folder that has it.</summary>
    /// <param name="folders">Where it may be.</param>
    /// <param name="caller">The assembly for which .NET searches if no folder has it; null for no search.</param>
    public nint Load(IReadOnlyList<string> folders, Assembly? caller = null)
    {
        nint library = 0;
        // .NET knows the folders of packages, and the place where a program of a single file unpacks itself.
        var searched = caller is null ? folders : [.. folders, .. PackageFolders()];
        var path = searched.Select(folder => Path.Combine(folder, fileName)).FirstOrDefault(File.Exists);
        if (path is null && (caller is null || !NativeLibrary.TryLoad(fileName, caller, null, out library)))
            throw failure(fileName, IsInClone
                ? $"not in {string.Join(" or ", folders)}: run ./build.sh build, then build the program again"
                : $"the package {package.Name} has it for {package.Systems}; this is {RuntimeInformation.RuntimeIdentifier}",
                null);
        path ??= fileName;
        try
        {
            if (library == 0) library = NativeLibrary.Load(path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            var remedy = IsInClone ? $"run ./build.sh build, which installs {builtOn}" : package.Remedy;
            throw failure(path, $"cannot be loaded: {remedy}. The loader says: {OneLine(error.Message)}", error);
        }
        CheckVersion(library, path);
        Prepare?.Invoke(library);
        LoadedPath = path;
        return library;
    }

    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "Load lets .NET search, too.")]
    static string[] Folders(Assembly assembly)
    {
        string?[] folders =
        [
            Environment.GetEnvironmentVariable(FolderVariable),
            AppContext.BaseDirectory,
            Path.GetDirectoryName(assembly.Location),
        ];
        return [.. folders.OfType<string>().Where(folder => folder.Length > 0)
            .Select(Path.TrimEndingDirectorySeparator).Distinct()];
    }

    unsafe void CheckVersion(nint library, string path)
    {
        var version = NativeLibrary.TryGetExport(library, versionFunction, out var function)
            ? ((delegate* unmanaged<int>)function)()
            : 0;
        if (version == abiVersion) return;
        NativeLibrary.Free(library);
        var remedy = IsInClone ? "run ./build.sh build" : $"use packages of Paa of one version, {package.Name} among them";
        throw failure(path, $"has ABI version {version}, this program needs {abiVersion}: {remedy}", null);
    }

    /// <summary>Where the program's packages have their native parts.</summary>
    static string[] PackageFolders() => (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What the system's loader says; .NET puts general advice before it.</summary>
    static string OneLine(string message)
    {
        var lines = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length > 1 ? lines[1] : lines[0];
    }
}

/// <summary>The NuGet package that has a native library, as messages describe it.</summary>
/// <param name="Name">Such as <c>Paa.Dnn</c>.</param>
/// <param name="Systems">Where the library runs: <c>Linux on x64 with glibc 2.34 or later</c>.</param>
/// <param name="Remedy">What to do where it is there but cannot be loaded.</param>
sealed record NativePackage(string Name, string Systems, string Remedy);

/// <summary>Tells a clone of this project from an installed package.</summary>
static class SourceTree
{
    /// <summary>Whether this program was built in a clone and not installed.</summary>
    public static bool IsHome { get; } = Contains(AppContext.BaseDirectory);

    /// <summary>Whether a folder lies in a clone, as everything that is built there does.</summary>
    public static bool Contains(string folder)
    {
        for (var place = new DirectoryInfo(folder); place is not null; place = place.Parent)
            if (File.Exists(Path.Combine(place.FullName, "Paa.slnx"))) return true;
        return false;
    }
}
