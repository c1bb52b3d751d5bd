using Spectre.Console;

namespace Paa.Cli.Shared;

/// <summary>A bar that grows on a terminal; nothing where nobody watches.</summary>
static class ProgressBar
{
    /// <summary>Runs work that reports how many of its items are done.</summary>
    /// <param name="shell">Where the bar is shown.</param>
    /// <param name="name">What is counted.</param>
    /// <param name="total">Items in all.</param>
    /// <param name="work">The work; it may report from several threads.</param>
    public static TResult Show<TResult>(Shell shell, string name, int total, Func<IProgress<int>, TResult> work)
    {
        if (!shell.IsTerminal) return work(new Reporter(_ => { }));
        return shell.Progress.Progress().AutoClear(true).Start(bars =>
        {
            var bar = bars.AddTask(Markup.Escape(name), maxValue: total);
            return work(new Reporter(done => bar.Value = Math.Max(bar.Value, done)));
        });
    }

    /// <summary>Calls at once; <see cref="Progress{T}"/> would go through the thread pool.</summary>
    sealed class Reporter(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
