namespace Paa.Data;

/// <summary>Maps every category id of every file to a label.</summary>
sealed class CategoryTable
{
    readonly List<CocoCategory> _categories = [];
    readonly Dictionary<string, int> _labelOfName = [];
    readonly Dictionary<long, int>[] _labels;       // per file: id to label, -1 for a category that is not selected

    /// <summary>Classes in the order of <paramref name="classes"/>, or without it in the order of the files.</summary>
    /// <exception cref="DataException">
    /// A file has no category, one id has two meanings, or a requested class is in no file.
    /// </exception>
    public CategoryTable(CocoFile[] files, IReadOnlyList<string>? classes, FindingCollector findings)
    {
        if (classes is not null) Reserve(files, classes, findings);
        _labels = [.. files.Select(file => Read(file, classes is not null, findings))];
    }

    /// <summary>The classes in label order.</summary>
    public CocoCategory[] Categories => [.. _categories];

    /// <summary>Maps category id to label for one file.</summary>
    public Dictionary<long, int> LabelsOf(int file) => _labels[file];

    /// <summary>Adds the requested classes, each with the id that the first file gives it.</summary>
    void Reserve(CocoFile[] files, IReadOnlyList<string> classes, FindingCollector findings)
    {
        foreach (var name in classes)
        {
            var category = files.SelectMany(file => file.Categories).FirstOrDefault(category => category.Name == name)
                ?? throw new DataException(files[0].Path, $"class '{name}' is asked for, but the categories are "
                    + $"{Join(files.SelectMany(file => file.Categories).Select(c => c.Name).Distinct())}; check data.classes.");
            if (!_labelOfName.TryAdd(name, _categories.Count))
                throw new DataException(files[0].Path, $"class '{name}' is asked for twice; check data.classes.");
            Add(category, files[0], findings);
        }
    }

    Dictionary<long, int> Read(CocoFile file, bool isFixed, FindingCollector findings)
    {
        var labels = new Dictionary<long, int>();
        var names = new Dictionary<long, string>();
        var seen = new HashSet<string>();
        foreach (var category in file.Categories)
        {
            if (names.TryGetValue(category.Id, out var earlier))
            {
                if (earlier != category.Name)
                    throw new DataException(file.Path,
                        $"category id {category.Id} is both '{earlier}' and '{category.Name}'; expected one name for each id.");
                findings.Add(FindingKind.DuplicateCategoryId, $"{file.Path}: {category.Id} ({category.Name}), twice the same");
                continue;
            }
            names.Add(category.Id, category.Name);
            var isRepeated = !seen.Add(category.Name);
            if (isRepeated) findings.Add(FindingKind.DuplicateCategoryName, $"{file.Path}: '{category.Name}' ({category.Id})");
            var isKnown = _labelOfName.TryGetValue(category.Name, out var label);
            if (isFixed || (isKnown && !isRepeated))
            {
                labels.Add(category.Id, isKnown ? label : -1);
                continue;
            }
            _labelOfName.TryAdd(category.Name, _categories.Count);
            labels.Add(category.Id, _categories.Count);
            Add(category, file, findings);
        }
        if (labels.Count > 0) return labels;
        var reasons = file.Findings.ToArray().Where(f => f.Kind == FindingKind.InvalidCategory);
        throw new DataException(file.Path, $"no usable category{string.Concat(reasons.Select(reason => $": {reason}"))}.");
    }

    void Add(CocoCategory category, CocoFile file, FindingCollector findings)
    {
        var id = category.Id;
        if (_categories.Any(c => c.Id == id))
        {
            id = _categories.Max(c => c.Id) + 1;
            findings.Add(FindingKind.DuplicateCategoryId, $"{file.Path}: {category.Id} ({category.Name}) becomes {id}");
        }
        _categories.Add(category with { Id = id });
    }

    static string Join(IEnumerable<string> names)
    {
        string[] list = [.. names];
        return string.Join(", ", list.Take(20)) + (list.Length > 20 ? $", ... ({list.Length} in all)" : "");
    }
}
