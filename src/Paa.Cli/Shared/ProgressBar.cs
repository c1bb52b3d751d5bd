using System.Globalization;

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
        if (shell.Status is not { } status) return work(new Reporter(_ => { }));
        var most = 0;
        try
        {
            return work(new Reporter(done =>
            {
                most = Math.Max(most, done);        // threads may report in any order; one late draw does no harm
                status.Show(new Status(name, most / (double)Math.Max(1, total),
                    string.Create(CultureInfo.InvariantCulture, $"{most}/{total}")));
            }));
        }
        finally
        {
            status.Clear();
        }
    }

    /// <summary>Reports synchronously; <see cref="Progress{T}"/> would go through the thread pool.</summary>
    sealed class Reporter(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
