using Paa.Boxes;
using Paa.Options;

namespace Paa.Data;

/// <summary>A data set in COCO format: images, classes and labelled boxes from one or several annotation files.</summary>
/// <remarks>
/// <para>The only place where category ids and labels meet. All that the files say is kept in compact form: COCO's train2017 with
/// its 860,000 boxes takes about 70 MB. Problems with single entries are listed in <see cref="Findings"/>.</para>
/// <para>Filters follow MMDetection's <c>CocoDataset</c>, with one exception: classes given by name get their labels in the given
/// order, while MMDetection keeps the order of the file.</para>
/// </remarks>
public sealed class CocoDataset
{
    readonly CocoContent _content;
    readonly Dictionary<long, int> _imageIndex;
    readonly Dictionary<long, int> _labels;

    internal CocoDataset(CocoContent content)
    {
        _content = content;
        _imageIndex = new(content.Images.Length);
        for (var i = 0; i < content.Images.Length; i++) _imageIndex.Add(content.Images[i].Id, i);
        _labels = content.Categories.Index().ToDictionary(category => category.Item.Id, category => category.Index);
        Classes = [.. content.Categories.Select(category => category.Name)];
    }

    /// <summary>Reads the data set of a configuration.</summary>
    /// <param name="options">Annotation files and folders of images.</param>
    /// <param name="classes">Class names in label order; null: the categories of the files.</param>
    /// <exception cref="DataException">A whole file cannot be used.</exception>
    public static CocoDataset Load(DatasetOptions options, IReadOnlyList<string>? classes = null) =>
        Load(options.AnnotationFiles, options.ImageFolders, classes);

    /// <summary>Reads one annotation file.</summary>
    /// <param name="annotationFile">COCO JSON.</param>
    /// <param name="imageFolder">The folder of the images; "" for the current folder.</param>
    /// <param name="classes">Class names in label order; null: the categories of the file.</param>
    /// <exception cref="DataException">The whole file cannot be used.</exception>
    public static CocoDataset Load(string annotationFile, string imageFolder = "", IReadOnlyList<string>? classes = null) =>
        Load([annotationFile], [imageFolder], classes);

    /// <summary>Reads several annotation files as one data set.</summary>
    /// <param name="annotationFiles">COCO JSON; images come in the order of the files.</param>
    /// <param name="imageFolders">One folder per file, one for all files, or none for the current folder.</param>
    /// <param name="classes">Class names in label order; null: the categories of the files, in order of first occurrence.</param>
    /// <exception cref="DataException">A whole file cannot be used.</exception>
    public static CocoDataset Load(
        IReadOnlyList<string> annotationFiles, IReadOnlyList<string> imageFolders, IReadOnlyList<string>? classes = null)
    {
        if (annotationFiles.Count == 0) throw new DataException("ann_file", "expected at least one annotation file, got none.");
        if (imageFolders.Count > 1 && imageFolders.Count != annotationFiles.Count)
            throw new DataException("img_prefix", $"expected one folder for all or {annotationFiles.Count}, one for each "
                + $"annotation file, got {imageFolders.Count}.");
        string[] folders = [.. annotationFiles.Select((_, i) =>
            imageFolders.Count == 0 ? "" : imageFolders[imageFolders.Count == 1 ? 0 : i])];
        CocoFile[] files = [.. annotationFiles.Select(file => CocoParser.Parse(file))];
        return new CocoDataset(new CocoDatasetBuilder(files, folders, classes).Build());
    }

    /// <summary>The images in the order of the files.</summary>
    public IReadOnlyList<CocoImage> Images => _content.Images;

    /// <summary>The classes in label order.</summary>
    public IReadOnlyList<CocoCategory> Categories => _content.Categories;

    /// <summary>Names of the classes in label order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The files read, as the user named them.</summary>
    public IReadOnlyList<string> AnnotationFiles => _content.AnnotationFiles;

    /// <summary>All problems with single entries of the files.</summary>
    public IReadOnlyList<Finding> Findings => _content.Findings;

    /// <summary>Number of annotations of the classes, including crowds and unusable ones.</summary>
    public int AnnotationCount => _content.Annotations.Length;

    /// <summary>Annotations of an image, in the order of the file.</summary>
    /// <param name="image">Index into <see cref="Images"/>.</param>
    public ReadOnlySpan<CocoAnnotation> Annotations(int image) =>
        _content.Annotations.AsSpan(_content.Starts[image].._content.Starts[image + 1]);

    /// <summary>Index of the image with this id, or -1.</summary>
    public int ImageIndex(long imageId) => _imageIndex.TryGetValue(imageId, out var index) ? index : -1;

    /// <summary>Label of a category id, or -1 if it is not one of the classes.</summary>
    public int Label(long categoryId) => _labels.TryGetValue(categoryId, out var label) ? label : -1;

    /// <summary>Category id of a label.</summary>
    public long CategoryId(int label) => _content.Categories[label].Id;

    /// <summary>Path of an image's file.</summary>
    /// <param name="image">Index into <see cref="Images"/>.</param>
    public string ImagePath(int image)
    {
        var entry = _content.Images[image];
        return Path.Combine(_content.Folders[entry.Source], entry.FileName);
    }

    /// <summary>The training targets of an image: its usable boxes, with crowds kept apart.</summary>
    /// <param name="image">Index into <see cref="Images"/>.</param>
    public Targets Targets(int image)
    {
        List<Box> boxes = [], ignored = [];
        List<int> labels = [];
        foreach (var annotation in Annotations(image))
        {
            if (!annotation.IsUsable) continue;
            if (annotation.IsCrowd)
            {
                ignored.Add(annotation.Box);
                continue;
            }
            boxes.Add(annotation.Box);
            labels.Add(annotation.Label);
        }
        return new Targets([.. boxes], [.. labels], [.. ignored]);
    }

    /// <summary>The images to train on, as indices into <see cref="Images"/>.</summary>
    /// <param name="filterEmpty">
    /// Whether to leave out images without a usable box. MMDetection keeps images with only crowds or degenerate boxes, which
    /// would teach that a crowd is background; COCO has no such image.
    /// </param>
    /// <param name="minSide">Images whose shorter side is below this, in pixels, are left out, as in MMDetection.</param>
    /// <exception cref="DataException">No image is left.</exception>
    public int[] SelectTrainingImages(bool filterEmpty, int minSide)
    {
        var images = _content.Images;
        int[] selected = [.. Enumerable.Range(0, images.Length).Where(i =>
            Math.Min(images[i].Width, images[i].Height) >= minSide && !(filterEmpty && IsEmpty(i)))];
        return selected.Length > 0 ? selected : throw new DataException(string.Join(", ", AnnotationFiles),
            $"none of the {images.Length} images can be trained on; expected sides of at least {minSide} pixels (min_size)"
            + $"{(filterEmpty ? $" and a usable box of one of {Classes.Count} classes" : "")}. See `paa data check`.");
    }

    bool IsEmpty(int image)
    {
        foreach (var annotation in Annotations(image))
            if (annotation is { IsUsable: true, IsCrowd: false }) return false;
        return true;
    }
}
