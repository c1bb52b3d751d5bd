using System.Diagnostics;
using Paa.Configuration;
using Paa.Mmdetection;
using Paa.Tests.Configuration;

namespace Paa.Tests.Mmdetection;

/// <summary>Damaged and hostile Python: an error of one line or a result, at once, in little memory.</summary>
public sealed class HostileImportTests
{
    const int Variants = 200;
    const long MaxBytes = 1L << 30;
    const int Retries = 3;

    static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Every kind of statement and expression that is read.</summary>
    const string Rich = """"
        """a text
            over lines"""
        import os, sys as s
        from a.b import (c, d as e,)
        if os.name == 'x': y = 1; z = 2
        elif y:
            def f(a, b=[1, {2: 3}]):
                return lambda u, v=1: {**a}
        else:
            pass
        @c(1)
        class K(object):
            x = 'a\'b' "c" r'\d' b'\x00' f'{y!r:>{z}} {{}}'
        n, (m, *k) = 1, (2, 3, 4)
        a = b = [i * 2 for i in range(9) if i % 2] + [*k, -1 ** 2]
        a[1:2:-1], b[0] = 5, 6
        a.append({j: g for j, g in zip('ab', [1, 2])})
        t: 'type' = 1 if n < 2 <= m and not None or 0x1F in {1, 2} else (w := 3)
        t += 1_000 // 7 % 3 << 2 | ~5 @ 2
        text = 'x_%d_%s' % (1, 'b') + '{:.2f}/{n}'.format(0.5, n=3) + os.path.join('a', f'{t:03d}')
        model = dict(type='PAA', backbone=dict(type='ResNet', depth=18), neck=dict(type='FPN', start_level=1,
            add_extra_convs='on_output'), bbox_head=dict(type='PAAHead', num_classes=2, reg_decoded_bbox=True), \
            test_cfg={'nms': dict(type='nms', **{'iou_threshold': 0.5})})
        model.update(dict(train_cfg=None)); del model['train_cfg'], text
        for q in a: model['x'] = q
        try:
            with open('a') as q: pass
        except E as x: raise
        data = dict(test=dict(type='CocoDataset', ann_file=open('b'), pipeline=[dict(type='Normalize', mean=[1, 2, 3])]))
        """";

    [Theory]
    [InlineData(ImportPurpose.Run, false)]
    [InlineData(ImportPurpose.Inference, false)]
    [InlineData(ImportPurpose.Run, true)]
    [InlineData(ImportPurpose.Inference, true)]
    public void DamagedTexts_AreReadOrRefused(ImportPurpose purpose, bool isRich)
    {
        var refused = 0;
        for (var seed = 0; seed < Variants; seed++)
        {
            var text = ConfigMutator.Mutate(isRich ? Rich : PublicFormsTests.Dump, seed);
            if (Refusal(text, purpose, $"seed {seed}") is null) continue;
            refused++;
        }
        Assert.InRange(refused, 20, Variants - 1);
    }

    public static TheoryData<string> Texts =>
    [
        new string('(', 200_000), $"x = {new string('[', 200_000)}", $"x = f'{new string('{', 100_000)}'",
        $"x = {Many("lambda: ", 50_000)}1", $"x = {Many("not ", 200_000)}1", $"x = {Many("1 if 1 else ", 80_000)}1",
        $"x = 1{Many("**1", 200_000)}", $"x = a{Many(".a", 400_000)}", $"x = a{Many("(a)", 60_000)}",
        $"x = {Many("f'{", 5_000)}",
        Many("x = ", 200_000), Many("if x:\n", 100_000), $"if x:\n{new string(' ', 900_000)}y = 1",
        "x = [0] * 9999\n" + Many("y = x + x\nx[0] = y\n", 10_000),
        "x = dict(a=1)\n" + Many("x = dict(a=x, b=x)\nx['a'] = x\n", 20_000),
        "x = []\n" + Many("f(x)\nx.append(x)\n", 10_000),
        "x = 'a' * 9999\n" + Many("y = x.replace('a', 'b').upper() + 'c' % x\n", 20_000),
        $"x = {Many("[", 5)}i{Many(" for i in range(1000)]", 5)}",
        "x = '{:99}'.format('a') + '%99d' % 1 + f'{1:999999999}' + 'a' * 10 ** 18", "x = 10 ** 10 ** 10", "x = range(10 ** 18)",
        "with read_base():\n    from ..................................a import *", "_base_ = ['a'] * 10000",
        "def f(\n", "x = '''\n" + new string('\n', 900_000), "\\\n\\\n\\", "@", "x = (", "del", "import", "from . import",
        new string('#', (1 << 20) + 1), "*x, = 1",
        "x = {{_base_.a}} = {{", "x, y = y, x = 1, 2", "for in in in", "x = {**{**{**x}}}", "\0", "\uFEFF\uFEFFx = 1",
    ];

    static string Many(string part, int count) => string.Concat(Enumerable.Repeat(part, count));

    [Theory]
    [MemberData(nameof(Texts))]
    public void HostileTexts_AreRefusedAtOnce(string text) => Assert.NotNull(Refusal(text, ImportPurpose.Run, "the text"));

    static string? Refusal(string text, ImportPurpose purpose, string name)
    {
        var (message, time, bytes) = Timed(text, purpose, name);
        for (var i = 0; i < Retries && time > Limit; i++)                               // the machine may be busy
            (message, time, bytes) = Timed(text, purpose, name);
        Assert.True(time < Limit, $"{name} took {time}");
        Assert.True(bytes < MaxBytes, $"{name} took {bytes} bytes");
        if (message is not null) Assert.DoesNotContain(message, char.IsControl);
        return message;
    }

    static (string? Message, TimeSpan Time, long Bytes) Timed(string text, ImportPurpose purpose, string name)
    {
        var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
        string? message = null;
        try
        {
            MmdetectionImport.Parse(text, "text", purpose);
        }
        catch (ConfigException error)
        {
            message = error.Message;
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{name} ends in {error.GetType().Name}: {error.Message}", error);
        }
        return (message, clock.Elapsed, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
