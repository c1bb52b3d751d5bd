using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Paa.Configuration;

/// <summary>Reads one YAML document into nodes that keep their line numbers.</summary>
/// <remarks>
/// Works on the parser's events instead of YamlDotNet's own tree. Depth stays bounded (a configuration may come from a checkpoint
/// of unknown origin), and every node keeps the file it came from when files are merged.
/// </remarks>
sealed class YamlTreeReader
{
    const int MaxDepth = 32;
    const string DeleteKey = "_delete_";

    readonly ConfigLocation _source;
    readonly Parser _parser;
    readonly Dictionary<AnchorName, ConfigNode> _anchors = [];

    YamlTreeReader(TextReader text, ConfigLocation source) => (_source, _parser) = (source, new Parser(text));

    /// <summary>Reads a document whose root is a mapping; an empty document gives an empty mapping.</summary>
    /// <param name="text">The document; borrowed.</param>
    /// <param name="source">Its name in error messages.</param>
    public static ConfigMapping ReadRoot(TextReader text, string source) => Read(text, new ConfigLocation(source, 1)) switch
    {
        ConfigMapping mapping => mapping,
        ConfigScalar { Text: null or "" } => new ConfigMapping(new(source), []),
        var other => throw new ConfigException(other.Location, $"expected a mapping of keys and values, got {other.Description}"),
    };

    /// <summary>Reads a document of any kind.</summary>
    /// <param name="text">The document; borrowed.</param>
    /// <param name="source">Its location; if the line is 0, the nodes get no lines.</param>
    public static ConfigNode Read(TextReader text, ConfigLocation source)
    {
        var reader = new YamlTreeReader(text, source);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException error)
        {
            throw new ConfigException(At(source, error.End), $"not valid YAML: {error.Message}");
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet's scanner raises this for a plain scalar over two lines that contains a colon, in a list that is not
            // closed.
            throw new ConfigException(
                At(source, reader._parser.Current!.End), "not valid YAML: a list or mapping in brackets is not closed");
        }
    }

    ConfigNode ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _)) return new ConfigScalar(_source, null);
        _parser.Consume<DocumentStart>();
        var root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (!_parser.TryConsume<StreamEnd>(out _))
            throw new ConfigException(Here(_parser.Current!), "a configuration is one YAML document, here a second one begins");
        return root;
    }

    ConfigNode ReadNode(int depth)
    {
        if (depth > MaxDepth) throw TooDeep(_parser.Current!);
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            if (!_anchors.TryGetValue(alias.Value, out var known))
                throw new ConfigException(Here(alias), $"the anchor '{alias.Value}' is not defined above");
            return depth + known.Depth <= MaxDepth ? known : throw TooDeep(alias);
        }
        var start = (NodeEvent)_parser.Current!;
        ConfigNode node = start switch
        {
            Scalar => ReadScalar(),
            SequenceStart => ReadList(depth),
            _ => ReadMapping(depth),
        };
        if (!start.Anchor.IsEmpty) _anchors[start.Anchor] = node;
        return node;
    }

    ConfigScalar ReadScalar()
    {
        var scalar = _parser.Consume<Scalar>();
        var isNull = scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL";
        return new ConfigScalar(Here(scalar), isNull ? null : scalar.Value);
    }

    ConfigList ReadList(int depth)
    {
        var place = Here(_parser.Consume<SequenceStart>());
        var items = new List<ConfigNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(ReadNode(depth + 1));
        return new ConfigList(place, items);
    }

    ConfigMapping ReadMapping(int depth)
    {
        var place = Here(_parser.Consume<MappingStart>());
        var entries = new OrderedDictionary<string, ConfigEntry>();
        var replaces = false;
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
                throw new ConfigException(Here(_parser.Current!), "a key must be a single word");
            var value = ReadNode(depth + 1);
            if (key.Value == DeleteKey) replaces = IsTrue(value);
            else if (!entries.TryAdd(key.Value, new ConfigEntry(Here(key), value)))
                throw new ConfigException(Here(key), $"the key '{key.Value}' stands here a second time "
                    + $"(first in line {entries[key.Value].Location.Line})");
        }
        return new ConfigMapping(place, entries, replaces);
    }

    static bool IsTrue(ConfigNode value) => value is ConfigScalar scalar && bool.TryParse(scalar.Text, out var flag)
        ? flag
        : throw new ConfigException(value.Location, $"{DeleteKey}: expected true or false, got {value.Description}");

    ConfigException TooDeep(ParsingEvent at) => new(Here(at), $"nested deeper than {MaxDepth} levels");

    ConfigLocation Here(ParsingEvent at) => At(_source, at.Start);

    static ConfigLocation At(ConfigLocation source, Mark mark) =>
        source.Line == 0 ? source : source with { Line = (int)mark.Line };
}
