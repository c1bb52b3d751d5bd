using Paa.Mmdetection;

namespace Paa.Tests.Mmdetection;

/// <summary>Imports changes of the published run, as files over <see cref="PaaConfigTexts"/>.</summary>
sealed class ImportFolder : IDisposable
{
    public TemporaryFolder Folder { get; } = new();

    public void Dispose() => Folder.Dispose();

    /// <summary>The published run of 2.x with a change.</summary>
    public ImportedConfig Old(string change, ImportPurpose purpose = ImportPurpose.Run, params string[] overrides) =>
        Import(PaaConfigTexts.Old, change, purpose, overrides);

    /// <summary>The published run of 3.x with a change.</summary>
    public ImportedConfig New(string change, ImportPurpose purpose = ImportPurpose.Run, params string[] overrides) =>
        Import(PaaConfigTexts.New, change, purpose, overrides);

    /// <summary>What a change of 2.x means, <c>ChangesBoxes model.x: reason</c>, but what means nothing.</summary>
    public string[] NotesOld(string change) => Shown(Old(change));

    /// <summary>What a change of 3.x means.</summary>
    public string[] NotesNew(string change) => Shown(New(change));

    public static string[] Shown(ImportedConfig imported) => [.. imported.Notes
        .Where(note => note.Kind != ImportNoteKind.Meaningless).Select(note => $"{note.Kind} {note.Path}: {note.Reason}")];

    ImportedConfig Import(string text, string change, ImportPurpose purpose, string[] overrides)
    {
        Folder.Write("base.py", text);
        return MmdetectionImport.Read(Folder.Write("run.py", $"_base_ = 'base.py'\n{change}"), overrides, purpose);
    }
}
