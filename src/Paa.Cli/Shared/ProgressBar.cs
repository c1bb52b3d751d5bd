using Spectre.Console;

namespace Paa.Cli.Shared;

/// <summary>A progress bar on a terminal; elsewhere nothing is shown.</summary>
static class ProgressBar
{
    /// <summary>Runs work that reports the number of items done.</summary>
    /// <param name="shell">Shows the bar.</param>
    /// <param name="name">What is counted.</param>
    /// <param name="total">Total number of items.</param>
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

    /// <summary>Reports synchronously; <see cref="Progress{T}"/> would go through the thread pool.</summary>
    sealed class Reporter(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
