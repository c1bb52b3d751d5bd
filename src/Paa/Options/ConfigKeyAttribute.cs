namespace Paa.Options;

/// <summary>
/// The YAML name of an option or of one of its values, if it is not the C# name in snake_case. These names are MMDetection's.
/// </summary>
/// <param name="name">The YAML name, such as <c>num_classes</c>.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
sealed class ConfigKeyAttribute(string name) : Attribute
{
    /// <summary>The name in YAML.</summary>
    public string Name { get; } = name;
}
