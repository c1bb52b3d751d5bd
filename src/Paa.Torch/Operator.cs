using System.Text;
using Paa.Torch.Internals;

namespace Paa.Torch;

/// <summary>An ATen operator, reached by its schema name through libtorch's dispatcher; autograd and devices work as in
/// PyTorch.</summary>
/// <remarks>Any operator of libtorch is one line away: <c>static readonly Operator Relu = new("aten::relu");</c>. The name is
/// looked up at the first call. Instances are immutable and may be used from any thread.</remarks>
/// <param name="schemaName">Name and overload as in native_functions.yaml: <c>aten::add.Tensor</c>.</param>
public sealed class Operator(string schemaName)
{
    const int StackWords = 64; // arrays of an ordinary call fit on the stack: shapes, some tensors
    const int MaxArguments = 32;

    nint _native; // looked up once; operators live as long as the process

    /// <summary>Name and overload in libtorch's schema.</summary>
    public string SchemaName { get; } = schemaName;

    /// <summary>Looks an operator up now, so that a wrong name shows at once.</summary>
    /// <param name="schemaName">Name and overload: <c>aten::add.Tensor</c>.</param>
    /// <exception cref="TorchException">This libtorch has no such operator.</exception>
    public static Operator Find(string schemaName)
    {
        var found = new Operator(schemaName);
        found.Resolve();
        return found;
    }

    /// <summary>Calls the operator and returns its only result.</summary>
    /// <param name="arguments">In the schema's order, keyword arguments too; trailing ones with a default may be left out.
    /// Borrowed.</param>
    /// <returns>The result, owned. A result that is no tensor comes as a tensor of rank 0.</returns>
    /// <exception cref="TorchException">The call failed, or it has not exactly one result.</exception>
    public unsafe Tensor Invoke(params ReadOnlySpan<Argument> arguments)
    {
        nint result = 0;
        var count = Call(arguments, &result, 1);
        if (count == 1) return new Tensor(result);
        if (count > 1) Dispose([new Tensor(result), .. Remaining(count - 1)]);
        throw new TorchException(SchemaName, $"has {count} results, not one.");
    }

    /// <summary>Calls the operator and returns all of its results; list results are flattened.</summary>
    /// <param name="arguments">As for <see cref="Invoke"/>.</param>
    /// <returns>The results, owned.</returns>
    /// <exception cref="TorchException">The call failed.</exception>
    public unsafe Tensor[] InvokeMany(params ReadOnlySpan<Argument> arguments)
    {
        const int capacity = 8;
        var results = stackalloc nint[capacity];
        var count = Call(arguments, results, capacity);
        var tensors = new Tensor[count];
        for (var i = 0; i < Math.Min(count, capacity); i++) tensors[i] = new Tensor(results[i]);
        if (count > capacity) Remaining(count - capacity).CopyTo(tensors, capacity);
        return tensors;
    }

    /// <summary>Calls an operator that changes its first argument in place.</summary>
    /// <param name="arguments">As for <see cref="Invoke"/>; the first is the tensor to change.</param>
    /// <returns>The first argument: the same handle, not a new one.</returns>
    /// <exception cref="TorchException">The call failed.</exception>
    public Tensor InvokeInPlace(params ReadOnlySpan<Argument> arguments)
    {
        Run(arguments);
        return (Tensor)arguments[0].Reference!;
    }

    /// <summary>Calls the operator for its effect, and drops its results: for operators that work in place.</summary>
    /// <param name="arguments">As for <see cref="Invoke"/>.</param>
    /// <exception cref="TorchException">The call failed.</exception>
    public unsafe void Run(params ReadOnlySpan<Argument> arguments) => Call(arguments, null, 0);

    /// <summary>The schema name.</summary>
    public override string ToString() => SchemaName;

    unsafe int Call(ReadOnlySpan<Argument> arguments, nint* results, int capacity)
    {
        if (_native == 0) Resolve();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(arguments.Length, MaxArguments, nameof(arguments));
        var native = stackalloc NativeArgument[arguments.Length];
        var wordCount = ArgumentFrame.WordCount(arguments);
        Span<long> words = wordCount <= StackWords ? stackalloc long[StackWords] : new long[wordCount];
        fixed (long* _ = words)
        {
            var frame = new ArgumentFrame(arguments, new(native, arguments.Length), words);
            try
            {
                frame.Fill();
                var status = Native.paa_invoke(_native, native, arguments.Length, results, capacity, out var count);
                return status == 0 ? count : throw Failure(arguments);
            }
            finally
            {
                frame.Dispose();
            }
        }
    }

    unsafe void Resolve()
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(SchemaName + '\0'))
        {
            Native.Check(Native.paa_operator_find(name, out var found), SchemaName);
            _native = found;
        }
    }

    TorchException Failure(ReadOnlySpan<Argument> arguments)
    {
        var message = Native.LastError(); // first: describing the arguments calls the library again
        var texts = new string[arguments.Length];
        for (var i = 0; i < texts.Length; i++) texts[i] = arguments[i].ToString();
        return new TorchException($"{SchemaName}({string.Join(", ", texts)})", message);
    }

    static unsafe Tensor[] Remaining(int count)
    {
        var results = new nint[count];
        fixed (nint* pointer = results) Native.Check(Native.paa_remaining_results(pointer, count), "results of an operator");
        return Array.ConvertAll(results, result => new Tensor(result));
    }

    static void Dispose(Tensor[] tensors)
    {
        foreach (var tensor in tensors) tensor.Dispose();
    }
}
