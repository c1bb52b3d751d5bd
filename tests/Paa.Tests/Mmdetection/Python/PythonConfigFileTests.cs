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
        Assert.Equal("run.py:2: the name 'root' is not bound above in this file; a base file binds it: write {{_base_.root}}",
            Error("_base_ = 'a.py'\nx = root + 'train'"));
        Assert.Equal("run.py:2: the base files have no value _base_.rot", Error("_base_ = 'a.py'\nx = _base_.rot"));
    }

    [Theory]
    [InlineData("_base_ = 'none.py'", "run.py:1: the base file 'none.py' does not exist")]
    [InlineData("x = 1\n_base_ = ['run.py']", "run.py:2: _base_: goes in a circle: run.py -> run.py")]
    [InlineData("_base_ = [1]", "run.py:1: the base file '1' does not exist")]
    [InlineData("_base_ = dict()", "run.py:1: _base_: expected a file name or a list of them, got a mapping")]
    [InlineData("_base_ = ''", "run.py:1: _base_: '' is no file name")]
    [InlineData("_base_ = 'mmdet::a.py'", "run.py:1: 'mmdet::a.py' names a file of another package; write its path")]
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
}
