namespace Paa.Cli;

/// <summary>The command line asks for something that cannot be: arguments that do not fit, a path that does not exist.</summary>
/// <param name="message">One line: what was given and what is expected.</param>
sealed class UsageException(string message) : Exception(message);
