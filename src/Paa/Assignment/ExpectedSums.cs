namespace Paa.Assignment;

/// <summary>Sums over losses, weighted by how much of each loss a component is responsible for.</summary>
/// <param name="Mass">Sum of the responsibilities.</param>
/// <param name="Sum">Sum of the losses.</param>
/// <param name="SquareSum">Sum of the squared losses.</param>
readonly record struct ComponentSums(double Mass, double Sum, double SquareSum);

/// <summary>The outcome of an expectation step.</summary>
/// <param name="Low">Sums of component 0.</param>
/// <param name="High">Sums of component 1.</param>
/// <param name="LogLikelihood">Sum of the log densities of the mixture.</param>
readonly record struct ExpectedSums(ComponentSums Low, ComponentSums High, double LogLikelihood);
