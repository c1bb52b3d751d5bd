namespace Paa.Tests;

/// <summary>Environment variables of this process for the length of a test, which runs alone, in the collection Native.</summary>
sealed class EnvironmentVariables : IDisposable
{
    readonly Dictionary<string, string?> _before = [];

    /// <summary>Sets a variable; null removes it.</summary>
    public EnvironmentVariables With(string name, string? value)
    {
        _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
        return this;
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before) Environment.SetEnvironmentVariable(name, value);
    }
}
