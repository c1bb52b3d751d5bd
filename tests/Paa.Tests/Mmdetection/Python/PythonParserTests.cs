using Paa.Configuration;
using Paa.Mmdetection;
using Paa.Mmdetection.Python;

namespace Paa.Tests.Mmdetection.Python;

public sealed class PythonParserTests
{
    static PythonSources NoOthers =>
        new(_ => throw new InvalidOperationException("The test has no base files."), _ => null);

    static ConfigMapping Parse(string text) => PythonParser.Read(text, "a.py", NoOthers).Tree;

    static ConfigNode Value(string expression) => Parse($"x = {expression}").Entries["x"].Value;

    static string Error(string text) => Assert.Throws<ConfigException>(() => Parse(text)).Message;

    /// <summary>Why the value of x is not known.</summary>
    static string Reason(string text) => Assert.IsType<ConfigUnknown>(Parse(text).Entries["x"].Value).Reason;

    [Theory]
    [InlineData("1", "1")]
    [InlineData("-3", "-3")]
    [InlineData("+3", "3")]
    [InlineData("1_000", "1000")]
    [InlineData("0x1F", "31")]
    [InlineData("0b101", "5")]
    [InlineData("0o17", "15")]
    [InlineData(".5", "0.5")]
    [InlineData("5.", "5")]
    [InlineData("1e-3", "0.001")]
    [InlineData("2.5E+2", "250")]
    [InlineData("True", "True")]
    [InlineData("None", "None")]
    [InlineData("'a' \"b\"", "ab")]
    [InlineData("'''a\nb'''", "a?b")]
    [InlineData("r'a\\nb'", "a\\nb")]
    [InlineData("'\\x41\\u00e9\\101\\q'", "AéA\\q")]
    [InlineData("'a' + 'b'", "ab")]
    [InlineData("(1)", "1")]
    [InlineData("(1,)", "[1]")]
    [InlineData("()", "[]")]
    [InlineData("[1, 'a', [2]]", "[1, a, a list of 1]")]
    [InlineData("[1] + [2, 3]", "[1, 2, 3]")]
    [InlineData("[0] * 3", "[0, 0, 0]")]
    [InlineData("[5, 6, 7][-1]", "7")]
    [InlineData("dict(a=[1, 2])['a'][0]", "1")]
    public void Value_OfALiteral(string expression, string expected) =>
        Assert.Equal(expected, PythonText.Of(Value(expression)));

    [Theory]
    [InlineData("2 + 3 * 4", "14")]
    [InlineData("(2 + 3) * 4", "20")]
    [InlineData("10 - 2 - 3", "5")]
    [InlineData("0.01 / 8", "0.00125")]
    [InlineData("4 / 2", "2")]
    [InlineData("-7 // 2", "-4")]
    [InlineData("-7 % 3", "2")]
    [InlineData("2 ** 3 ** 2", "512")]
    [InlineData("-2 ** 2", "-4")]
    [InlineData("2 ** -1", "0.5")]
    [InlineData("1 - - 1", "2")]
    public void Value_OfArithmetic_IsPythons(string expression, string expected) =>
        Assert.Equal(expected, PythonText.Of(Value(expression)));

    [Fact]
    public void Dicts_OfBothKinds_AreEqual()
    {
        const string Text = """
            # a comment
            "a text that stands alone"
            norm = dict(mean=[1, 2], std=[3, 4],)       # another one
            a = dict(type='Normalize', **norm); b = {
                'type': 'Normalize',
                **norm,
            }
            c = \
                3
            """;
        var tree = Parse(Text);
        foreach (var name in (string[])["a", "b"])
        {
            var dict = Assert.IsType<ConfigMapping>(tree.Entries[name].Value);
            Assert.Equal(["type", "mean", "std"], dict.Entries.Keys);
        }
        Assert.Equal("a.py:4", tree.Entries["b"].Location.ToString());
        Assert.Equal("a.py:5", ((ConfigMapping)tree.Entries["b"].Value).Entries["type"].Location.ToString());
        Assert.Equal("3", PythonText.Of(tree.Entries["c"].Value));
    }

    [Fact]
    public void Read_TellsWhichNamesWereUsed() =>
        Assert.Equal(["a"], PythonParser.Read("a = 1\nb = [a]", "a.py", NoOthers).Helpers);

    /// <summary>Python computes the expected values (CPython 3.11).</summary>
    [Theory]
    [InlineData("[i * 2 for i in (1, 2, 3)]", "[2, 4, 6]")]
    [InlineData("[i for i in range(6) if i % 2]", "[1, 3, 5]")]
    [InlineData("[(i, j) for i in range(2) for j in 'ab']", "[a list of 2, a list of 2, a list of 2, a list of 2]")]
    [InlineData("{k: v + 1 for k, v in {'a': 1}.items()}['a']", "2")]
    [InlineData("sorted({3, 1, 3})", "[1, 3]")]
    [InlineData("tuple(x for x in [1, 2])", "[1, 2]")]
    [InlineData("1 if 2 > 1 and not [] else open('a')", "1")]
    [InlineData("None or 'b'", "b")]
    [InlineData("'a' in ['b', 'a']", "True")]
    [InlineData("1 < 2 < 2", "False")]
    [InlineData("'ab' * 2", "abab")]
    [InlineData("2 * [1, 2]", "[1, 2, 1, 2]")]
    [InlineData("'%s/%03d' % ('a', 7)", "a/007")]
    [InlineData("'{}_{n:.2f}'.format('a', n=0.5)", "a_0.50")]
    [InlineData("f'{1 + 1}/{0.00001}/{{}}' + f\"{'a'}{3:02d}\"", "2/1e-05/{}a03")]
    [InlineData("str(1.0) + str(1e22) + str(True)", "1.01e+22True")]
    [InlineData("[1, 2, 3, 4][1:-1]", "[2, 3]")]
    [InlineData("'abc'[::-1]", "cba")]
    [InlineData("[*[1, 2], 3]", "[1, 2, 3]")]
    [InlineData("len([1, 2]) + max(3, 4) + sum([1, 2]) + abs(-1) + int(2.9)", "12")]
    [InlineData("list(range(2, 9, 3))", "[2, 5, 8]")]
    [InlineData("list(range(3, 0, -1))", "[3, 2, 1]")]
    [InlineData("dict([('a', 1)], b=2)['b']", "2")]
    [InlineData("', '.join(['a', 'b']).upper().split(', ')", "[A, B]")]
    [InlineData("dict(a=1).get('b', 5)", "5")]
    [InlineData("[1][0] << 3 | 1", "9")]
    [InlineData("(y := 3) + y", "6")]
    public void Value_OfWhatIsPlain_IsPythons(string expression, string expected) =>
        Assert.Equal(expected, PythonText.Of(Value(expression)));

    [Theory]
    [InlineData("a = x = 1", "1")]
    [InlineData("x, (y, z) = 1, (2, 3)\nx = z", "3")]
    [InlineData("x: int = 4", "4")]
    [InlineData("x = 1\nx += 2", "3")]
    [InlineData("x = [1]\ny = x\ny += [2]", "[1, 2]")]                    // one list with two names
    [InlineData("x = [1]\ny = x\ny = y + [2]", "[1]")]
    [InlineData("a = dict(b=[1, 2])\na['b'][1] = 5\nx = a['b']", "[1, 5]")]
    [InlineData("a = dict(b=[1])\nx = a['b']\na['b'].append(2)", "[1, 2]")]
    [InlineData("a = dict(b=1)\na.update(dict(b=2), c=3)\nx = [a['b'], a['c']]", "[2, 3]")]
    [InlineData("a = dict(b=1)\nc = a.copy()\nc['b'] = 2\nx = a['b']", "1")]
    [InlineData("import copy\na = dict(b=[1])\nc = copy.deepcopy(a)\nc['b'].append(2)\nx = a['b']", "[1]")]
    [InlineData("import os.path as osp\nx = osp.join('a', 'b/', 'c')", "a/b/c")]
    [InlineData("from os.path import join\nx = join('a', '/b')", "/b")]
    [InlineData("x = [1, 2]\ndel x[0]", "[2]")]
    [InlineData("x = 1\nif False:\n    y = 2\nelse:\n    z = 3", "1")]
    [InlineData("x = 1\ndef f(a):\n    '''a\nb'''\n    return a\n\n@f\nclass A: pass", "1")]
    [InlineData("x = [1]\nfor i in x: print(i); y = len(x)", "[1]")]
    [InlineData("x = dict(a=1)['a']; import sys; sys.path.append('b')", "1")]
    [InlineData("assert x\nx = 1", "1")]
    public void Statements_BindWhatPythonWould(string text, string expected) =>
        Assert.Equal(expected, PythonText.Of(Parse(text).Entries["x"].Value));

    [Theory]
    [InlineData("x = open('a')", "the call open(...) is not run")]
    [InlineData("import os\nx = os.environ['HOME']", "'os.environ' is not read")]
    [InlineData("import os\nx = os.path.join(os.getcwd(), 'a')", "the call os.getcwd(...) is not run")]
    [InlineData("x = y", "the name 'y' is not bound above in this file")]
    [InlineData("x = [y][0] + 1", "the name 'y' is not bound above in this file")]
    [InlineData("x = f'{y}/a'", "the name 'y' is not bound above in this file")]
    [InlineData("from a import b\nx = b", "'b' is imported, and imports are not read")]
    [InlineData("x = lambda a, b=1: a", "a lambda is not run")]
    [InlineData("x = b'1'", "bytes are not read")]
    [InlineData("x = 1 if y else 2", "the condition depends on the name 'y' is not bound above in this file")]
    [InlineData("x = [i for i in y]", "the name 'y' is not bound above in this file")]
    [InlineData("x = dict(a=1, **y)", "the name 'y' is not bound above in this file")]
    [InlineData("x = 1\nif y:\n    x = 2", "it depends on the 'if' in line 2, which is not run")]
    [InlineData("x = dict()\nfor i in y:\n    x[i] = 2", "it depends on the 'for' in line 2, which is not run")]
    [InlineData("x = dict()\ntry:\n    f(x)\nexcept E:\n    pass", "it depends on the 'try' in line 2, which is not run")]
    [InlineData("x = dict()\nf(x)", "the call f(...) is not run, and may change it")]
    [InlineData("x = [1]\nx.sort()", "the call .sort(...) is not run, and may change it")]
    [InlineData("x = dict()\nx[y] = 1", "an assignment to a part of it is not done")]
    [InlineData("a, x = y", "the name 'y' is not bound above in this file")]
    [InlineData("x = 9 ** 99", "the result of '**' needs more than 64 bits")]
    [InlineData("x = 99999999999999999999", "99999999999999999999 needs more than 64 bits")]
    [InlineData("x = 3j", "3j is no finite real number")]
    [InlineData("x = [1] * 99999", "the result is longer than 10000")]
    [InlineData("x = {y: 1}", "the name 'y' is not bound above in this file")]
    [InlineData("x = '%r' % 1", "the format '%r' is not done")]
    [InlineData("x = {{fileDirname}}", "{{fileDirname}} is not known")]
    public void WhatWouldHaveToBeRun_IsUnknown(string text, string reason) => Assert.Equal(reason, Reason(text));

    /// <summary>Only what Python itself would not take.</summary>
    [Theory]
    [InlineData("x = 1\n    y = 2", "a.py:2: an indented line that belongs to no block")]
    [InlineData("with read_base():\n    y = 2", "a.py:2: 'y' under 'with read_base()': only imports stand there")]
    [InlineData("with read_base():\n    from .a import *", "a.py:2: the configuration '.a' is not there")]
    [InlineData("if y:\n    _base_ = 'a.py'", "a.py:1: _base_ stands under 'if', which is not run; write it outside")]
    [InlineData("x = {{_base_.a}}", "a.py:1: _base_ is used before it is set")]
    [InlineData("x = dict(a=1, a=2)", "a.py:1: the key 'a' stands here a second time (first in line 1)")]
    [InlineData("x = dict(a=1, **[2])", "a.py:1: '**' before a list of 1; a dict is expected")]
    [InlineData("x = [1", "a.py:1: the end of the line is not expected here")]
    [InlineData("x = [1)", "a.py:1: ')' is not expected here")]
    [InlineData("x = 'a", "a.py:1: a string that is not closed")]
    [InlineData("x = '''a", "a.py:1: a string that is not closed")]
    [InlineData("x = f'{1'", "a.py:1: a string that is not closed")]
    [InlineData("x = '\\xZZ'", "a.py:1: an escape that is not followed by 2 hexadecimal digits")]
    [InlineData("x = 1 + 'a'", "a.py:1: '+' between '1' and 'a' is no Python")]
    [InlineData("x = -'a'", "a.py:1: '-' before 'a' is no Python")]
    [InlineData("x = 1 // 0", "a.py:1: '//' by zero")]
    [InlineData("x = 1 / 0", "a.py:1: '/' by zero")]
    [InlineData("x = 0xG", "a.py:1: '0xG' is no number")]
    [InlineData("x = [1][2]", "a.py:1: a list of 1 has no item '2'")]
    [InlineData("x = ?", "a.py:1: the character '?' (U+003F) is no Python")]
    [InlineData("x = 1 \\ 2", "a.py:1: a backslash that does not end its line")]
    [InlineData("x = 1 2", "a.py:1: '2' is not expected here")]
    [InlineData("if = 1 = 2\nx y", "a.py:2: 'y' is not expected here")]
    [InlineData("= 1", "a.py:1: '=' is not expected here")]
    public void WhatIsNoPython_IsNamedWithItsLine(string text, string message) => Assert.StartsWith(message, Error(text));

    [Fact]
    public void Depth_IsBounded()
    {
        Assert.Contains("nested deeper than 64 levels", Error($"x = {new string('[', 100_000)}"));
        Assert.Contains("nested deeper than 64 levels", Error($"x = {new string('-', 100_000)}1"));
        var chain = string.Concat(Enumerable.Range(0, 1000).Select(i => $"x = [x]\n"));
        Assert.Contains("nested deeper than 64 levels", Error($"x = 1\n{chain}"));
    }

    [Fact]
    public void Size_IsBounded()
    {
        var doubling = string.Concat(Enumerable.Repeat("x = x + x\n", 60));
        Assert.Contains("longer than 10000", Reason($"x = 'a'\n{doubling}"));
        Assert.Contains("longer than 10000", Reason($"x = [1]\n{doubling}"));
        Assert.Contains("longer than 10000", Reason($"x = ['a' for i in range(1000) for j in range(1000)]"));
    }

    [Fact]
    public void Work_IsBounded()
    {
        const string Message = "this takes more work than a configuration may";
        Assert.Contains(Message, Error("x = [[0 for i in range(1000)] for j in range(1000) for k in range(9)]"));
        Assert.Contains(Message, Error($"x = [0] * 9000\n{string.Concat(Enumerable.Repeat("y = x + [1]\n", 1000))}"));
        Assert.Contains(Message, Error($"x = [0] * 9000\n{string.Concat(Enumerable.Repeat("x[0] = [1]\n", 1000))}"));
    }
}
