using Paa.Configuration;
using Paa.Mmdetection;
using Paa.Mmdetection.Python;

namespace Paa.Tests.Mmdetection.Python;

public sealed class PythonConfigFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Error(string text) => Assert.Throws<ConfigException>(
        () => PythonConfigFile.Read(_folder.Write("run.py", text))).Message.Replace(_folder.Path + "/", "");

    [Fact]
    public void Read_LaysAFileOverItsBases()
    {
        _folder.Write("base/a.py", "model = dict(depth=50, norm=dict(type='BN', eval=True))\nsteps = [1, 2]\nroot = 'data/'");
        _folder.Write("base/b.py", "_base_ = './a.py'\nmodel = dict(depth=101)\nfiles = dict(train=dict(root={{_base_.root}}))");
        var tree = PythonConfigFile.Read(_folder.Write("run.py",
            """
            _base_ = ['base/b.py']
            model = dict(norm=dict(_delete_=True, type='GN'))
            steps = _base_.steps + [3]
            """)).Tree;
        var model = (ConfigMapping)tree.Entries["model"].Value;
        Assert.Equal("101", PythonText.Of(model.Entries["depth"].Value));
        Assert.Equal(["type"], ((ConfigMapping)model.Entries["norm"].Value).Entries.Keys);
        Assert.Equal("[1, 2, 3]", PythonText.Of(tree.Entries["steps"].Value));
        Assert.Equal("a.py:3", Path.GetFileName(tree.Locate("files.train.root.x").ToString()).Replace("b.py:3", "a.py:3"));
        Assert.DoesNotContain("_base_", tree.Entries.Keys);
    }

    [Fact]
    public void Names_OfABase_AreNotBound()
    {
        _folder.Write("a.py", "root = 'data/'");
        var tree = PythonConfigFile.Read(_folder.Write("run.py", "_base_ = 'a.py'\nx = root + 'train'")).Tree;
        Assert.Equal("the name 'root' is not bound above in this file; a base file binds it: write {{_base_.root}}",
            Assert.IsType<ConfigUnknown>(tree.Entries["x"].Value).Reason);
        Assert.Equal("run.py:2: the base files have no value _base_.rot", Error("_base_ = 'a.py'\nx = _base_.rot"));
    }

    [Theory]
    [InlineData("_base_ = 'none.py'", "run.py:1: the base file 'none.py' does not exist")]
    [InlineData("x = 1\n_base_ = ['run.py']", "run.py:2: _base_: goes in a circle: run.py -> run.py")]
    [InlineData("_base_ = [1]", "run.py:1: the base file '1' does not exist")]
    [InlineData("_base_ = dict()", "run.py:1: _base_: expected a file name or a list of them, got a mapping")]
    [InlineData("_base_ = ''", "run.py:1: _base_: '' is no file name")]
    [InlineData("_base_ = 'mmdet::no.py'", "run.py:1: 'mmdet::no.py' names a file of another package; it is not in a folder "
        + "configs/ above, so write its path")]
    [InlineData("import os\n_base_ = os.environ['A']", "run.py:2: _base_: cannot be known without running Python "
        + "('os.environ' is not read); write the path itself")]
    [InlineData("_base_ = []\n_base_ = []", "run.py:2: _base_ is set a second time")]
    public void WrongBases_AreNamed(string text, string message) => Assert.Equal(message, Error(text));

    [Fact]
    public void MassesOfBases_AreRefused()
    {
        _folder.Write("a.py", "x = 1");
        Assert.Contains("more than 100 files", Error("_base_ = ['a.py'] * 200"));
    }

    [Fact]
    public void HugeFiles_AreRefused() =>
        Assert.Contains("is larger than 1 MB, expected a Python file", Error($"x = '{new string('a', 1 << 20)}'"));

    [Fact]
    public void Templates_AreReplacedAsMmcvDoes()
    {
        _folder.Write("a.py", "root = 'data/'\nsize = 3\nnorm = dict(mean=[1, 2])");
        var file = PythonConfigFile.Read(_folder.Write("run.py", """
            _base_ = '{{ fileDirname }}/a.py'
            name = '{{ fileBasenameNoExtension }}' + '{{fileExtname}}'
            whole = '{{_base_.norm}}'
            part = '{{ _base_.root }}train{{_base_.size}}'
            rate = {{ $RATE:0.5 }}
            text = '{{ $TEXT:a/b }}'
            """));
        Assert.Equal("run.py", PythonText.Of(file.Tree.Entries["name"].Value));
        Assert.Equal("[1, 2]", PythonText.Of(file.Tree.Find("whole.mean")!));
        Assert.Equal("data/train3", PythonText.Of(file.Tree.Entries["part"].Value));
        Assert.Equal("0.5", PythonText.Of(file.Tree.Entries["rate"].Value));
        Assert.Equal("a/b", PythonText.Of(file.Tree.Entries["text"].Value));
        Assert.Equal([5, 6], file.TakenDefaults.Select(place => place.Line));
    }

    [Theory]
    [InlineData("a.json", """{"model": {"depth": 50, "norm": null, "frozen": true}, "steps": [1, 2.0, "x"]}""")]
    [InlineData("a.yml", "model: {depth: 50, norm: null, frozen: True}\nsteps: [1, 2.0, x]")]
    public void JsonAndYaml_SayTheSame(string name, string text)
    {
        _folder.Write(name, text);
        var tree = PythonConfigFile.Read(_folder.Write("run.py", $"_base_ = '{name}'\nmodel = dict(depth=101)")).Tree;
        Assert.Equal("101", PythonText.Of(tree.Find("model.depth")!));
        Assert.Equal("None", PythonText.Of(tree.Find("model.norm")!));
        Assert.Equal("True", PythonText.Of(tree.Find("model.frozen")!));
        Assert.Equal("[1, 2, x]", PythonText.Of(tree.Find("steps")!));
        _folder.Write("b.yaml", $"_base_: {name}\nmodel: {{depth: 18}}");
        Assert.Equal("18", PythonText.Of(PythonConfigFile.Read(_folder["b.yaml"]).Tree.Find("model.depth")!));
    }

    /// <summary>mmengine's pure Python style: names are bound, not merged, and update() merges.</summary>
    [Fact]
    public void ReadBase_BindsTheNamesOfOtherFiles()
    {
        _folder.Write("_base_/model.py", """
            from mmdet.models import PAA
            model = dict(type=PAA, backbone=dict(depth=50, frozen=1))
            rate = dict(a=1)
            _hidden = 2
            """);
        _folder.Write("mmdet/configs/run.py", "length = dict(epochs=12)\nother = 1");
        _folder.Write("my/run.py", """
            from mmengine.config import read_base
            with read_base():
                from .._base_.model import *
                from mmdet.configs.run import length as span, other
            model.update(dict(backbone=dict(depth=101)))
            rate = dict(b=2)
            span['epochs'] += 1
            """);
        var tree = PythonConfigFile.Read(_folder["my/run.py"]).Tree;
        Assert.Equal("101", PythonText.Of(tree.Find("model.backbone.depth")!));
        Assert.Equal("1", PythonText.Of(tree.Find("model.backbone.frozen")!));
        Assert.Equal("mmdet.models.PAA", Assert.IsType<ConfigUnknown>(tree.Find("model.type")).Name);
        Assert.Null(tree.Find("rate.a"));
        Assert.Equal("13", PythonText.Of(tree.Find("span.epochs")!));
        Assert.DoesNotContain("_hidden", tree.Entries.Keys);
    }

    [Fact]
    public void OtherPackages_AreLookedForInFoldersAbove()
    {
        _folder.Write("configs/paa/a.py", "x = 1");
        Assert.Equal("1", PythonText.Of(
            PythonConfigFile.Read(_folder.Write("projects/my/run.py", "_base_ = 'mmdet::paa/a.py'")).Tree.Entries["x"].Value));
    }

    [Fact]
    public void ADictOverAList_ChangesItemsByTheirIndex()
    {
        _folder.Write("a.py", "steps = [dict(type='A', x=1), dict(type='B')]");
        var tree = PythonConfigFile.Read(_folder.Write("run.py", "_base_ = 'a.py'\nsteps = {0: dict(x=2)}")).Tree;
        var first = (ConfigMapping)((ConfigList)tree.Entries["steps"].Value).Items[0];
        Assert.Equal(("A", "2"), (PythonText.Of(first.Entries["type"].Value), PythonText.Of(first.Entries["x"].Value)));
        Assert.Equal("run.py:2: y: a dict is laid over a list of 2: expected an index of it, or _delete_=True to replace it",
            Error("_base_ = 'a.py'\nsteps = dict(y=2)"));
    }

    /// <summary>Merging looks at what is shared only once.</summary>
    [Fact]
    public void DictsThatShareTheirParts_AreMergedAtOnce()
    {
        var chain = "m = dict(a=1)\n" + string.Concat(Enumerable.Repeat("m = dict(a=m, b=m)\n", 40));
        _folder.Write("a.py", chain);
        Assert.NotNull(PythonConfigFile.Read(_folder.Write("run.py", $"_base_ = 'a.py'\n{chain}")));
    }
}
