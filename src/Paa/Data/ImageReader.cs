using Paa.Imaging;

namespace Paa.Data;

/// <summary>Reads the images of a data set on many threads. An unreadable image is counted once and not tried again.</summary>
/// <param name="dataset">The data set that names the files.</param>
sealed class ImageReader(CocoDataset dataset)
{
    readonly FindingCollector _findings = new();
    readonly bool[] _isUnreadable = new bool[dataset.Images.Count];

    /// <summary>Images that could not be read so far.</summary>
    public Finding[] Findings => _findings.ToArray();

    /// <summary>Whether every image has turned out to be unreadable.</summary>
    public bool IsNothingReadable => Array.TrueForAll(_isUnreadable, unreadable => unreadable);

    /// <summary>Reads an image, which the caller owns; null if it cannot be read.</summary>
    /// <param name="index">Index into <see cref="CocoDataset.Images"/>.</param>
    public Image? TryRead(int index)
    {
        if (Volatile.Read(ref _isUnreadable[index])) return null;
        var path = dataset.ImagePath(index);
        try
        {
            return Image.Load(path);
        }
        catch (ImageException e)
        {
            if (!Interlocked.Exchange(ref _isUnreadable[index], true))
                _findings.Add(
                    File.Exists(path) ? FindingKind.ImageFileUnreadable : FindingKind.ImageFileMissing, e.Message.TrimEnd('.'));
            return null;
        }
    }

    /// <summary>The error for a data set of which no image can be read.</summary>
    public DataException NothingReadable() => new(string.Join(", ", dataset.AnnotationFiles),
        $"not one image can be read: {string.Join("; ", Findings.AsEnumerable())}. Check img_prefix.");
}
