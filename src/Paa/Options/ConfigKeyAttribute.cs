namespace Paa.Options;

/// <summary>The name of an option, or of one of its values, in YAML, where it is not the C# name in snake case:
/// MMDetection's.</summary>
/// <param name="name">Such as <c>num_classes</c>.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
sealed class ConfigKeyAttribute(string name) : Attribute
{
    /// <summary>The name in YAML.</summary>
    public string Name { get; } = name;
}
