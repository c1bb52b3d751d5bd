using Paa.Configuration;
using Paa.Mmdetection;
using Paa.Mmdetection.Python;

namespace Paa.Tests.Mmdetection.Python;

public sealed class PythonParserTests
{
    static ConfigMapping Parse(string text) => PythonParser.Read(text, "a.py", NoBases).Tree;

    static ConfigNode Value(string expression) => Parse($"x = {expression}").Entries["x"].Value;

    static string Error(string text) => Assert.Throws<ConfigException>(() => Parse(text)).Message;

    static ConfigMapping NoBases(ConfigNode value) => throw new InvalidOperationException("The test has no base files.");

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
        Assert.Equal(["a"], PythonParser.Read("a = 1\nb = [a]", "a.py", NoBases).UsedNames);

    [Theory]
    [InlineData("import os", "a.py:1: 'import': imports are not read; write the values themselves, or use _base_")]
    [InlineData("x = 1\nwith read_base():\n    y = 2", "a.py:3: an indented line")]
    [InlineData("with read_base():", "a.py:1: 'with': blocks are not read")]
    [InlineData("x = [i for i in (1, 2)]", "a.py:1: the name 'i' is not bound above in this file")]
    [InlineData("i = 1\nx = [i for i in (1, 2)]", "a.py:2: 'for': nothing is run")]
    [InlineData("x = 1 if True else 2", "a.py:1: 'if': nothing is run")]
    [InlineData("x = open('a')", "a.py:1: 'open(': only dict(...) is read, nothing is run")]
    [InlineData("x = os.environ['HOME']", "a.py:1: 'os.': only dict(...) is read, nothing is run")]
    [InlineData("x = 'a'.join(['b'])", "a.py:1: '.' is not expected here")]
    [InlineData("x = lambda: 1", "a.py:1: 'lambda': nothing is run")]
    [InlineData("x = f'{1}'", "a.py:1: an f-string: Python is not run")]
    [InlineData("x = b'1'", "a.py:1: a string with the prefix 'b', which is not read")]
    [InlineData("x = '{{fileDirname}}/a'", "a.py:1: '{{fileDirname}}/a': MMDetection replaces what stands in double braces")]
    [InlineData("x = {{fileDirname}}", "a.py:1: '{{fileDirname}}': MMDetection replaces what stands in double braces")]
    [InlineData("x = {{_base_.a}}", "a.py:1: _base_ is used before it is set")]
    [InlineData("x = 1\ny = z", "a.py:2: the name 'z' is not bound above in this file")]
    [InlineData("x = dict(a=1)\nx['a'] = 2", "a.py:2: expected '=' after 'x', got '['")]
    [InlineData("x += 1", "a.py:1: expected '=' after 'x', got '+='")]
    [InlineData("x = y = 1", "a.py:1: the name 'y' is not bound")]
    [InlineData("x = dict(a=1, a=2)", "a.py:1: the key 'a' stands here a second time (first in line 1)")]
    [InlineData("x = dict('a')", "a.py:1: the string 'a' is not expected here")]
    [InlineData("x = dict(a=1, **[2])", "a.py:1: '**' before a list of 1; a dict is expected")]
    [InlineData("x = {1: 2}", "a.py:1: a key of a dict that is no text")]
    [InlineData("x = {'a', 'b'}", "a.py:1: expected ':', got ','")]
    [InlineData("x = [1", "a.py:1: the end of the line is not expected here")]
    [InlineData("x = [1)", "a.py:1: ')' is not expected here")]
    [InlineData("x = 'a", "a.py:1: a string that is not closed")]
    [InlineData("x = '''a", "a.py:1: a string that is not closed")]
    [InlineData("x = '\\xZZ'", "a.py:1: an escape that is not followed by 2 hexadecimal digits")]
    [InlineData("x = 1 + 'a'", "a.py:1: '+' between '1' and 'a' is not read")]
    [InlineData("x = -'a'", "a.py:1: '-' before 'a' is not read")]
    [InlineData("x = 1 // 0", "a.py:1: '//' by zero")]
    [InlineData("x = 1 / 0", "a.py:1: '/' by zero")]
    [InlineData("x = 9 ** 99", "a.py:1: the result of '**' needs more than 64 bits")]
    [InlineData("x = 99999999999999999999", "a.py:1: '99999999999999999999' is no number of at most 64 bits")]
    [InlineData("x = 3j", "a.py:1: '3j' is no number")]
    [InlineData("x = 0xG", "a.py:1: '0xG' is no number")]
    [InlineData("x = [1] * 99999", "a.py:1: the result is longer than 10000")]
    [InlineData("x = [1][2]", "a.py:1: a list of 1 has no item '2'")]
    [InlineData("x = ?", "a.py:1: the character '?' (U+003F) is no Python")]
    [InlineData("x = 1 \\ 2", "a.py:1: a backslash that does not end its line")]
    [InlineData("= 1", "a.py:1: '=' is not expected here")]
    public void WhatIsNotRead_IsNamedWithItsLine(string text, string message) => Assert.StartsWith(message, Error(text));

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
        Assert.Contains("longer than 10000", Error($"x = 'a'\n{doubling}"));
        Assert.Contains("longer than 10000", Error($"x = [1]\n{doubling}"));
    }
}
