namespace Paa.Benchmarks.Running;

/// <summary>The COCO-sized problem of the table: made by <c>peers/make_cocoval.py</c>, the one that pycocotools' times on record are for.</summary>
static class CocoFiles
{
    /// <summary>Makes it unless it is there. Without Python, <see cref="Works.CocoProblem"/> stands in, of the same size.</summary>
    public static void Prepare(Action<string> progress)
    {
        if (PythonPeers.Python is not { } python || File.Exists(Path.Combine(RepositoryFiles.Problems, "detections.json"))) return;
        progress("making a problem of COCO's size");
        Directory.CreateDirectory(RepositoryFiles.Problems);
        PythonPeers.Output(python, Path.Combine(RepositoryFiles.Peers, "make_cocoval.py"), RepositoryFiles.Problems);
    }
}
