namespace Paa.Torch;

/// <summary>Frees temporaries: every tensor created on this thread while this is the innermost scope is disposed at its end,
/// except what <see cref="Keep(Tensor)"/> hands to the enclosing scope, or to the caller when there is none.</summary>
/// <remarks>
/// <para>Keep results as the last step, on success: then a throw frees everything. <c>return scope.Keep(result);</c></para>
/// <para>Scopes nest and belong to one thread: open one per loader thread or request, and never hold one across an await.</para>
/// </remarks>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic] static TensorScope? _innermost;

    readonly TensorScope? _enclosing;
    readonly List<Tensor> _tensors = [];
    bool _ended;

    /// <summary>Opens a scope on this thread.</summary>
    public TensorScope()
    {
        _enclosing = _innermost;
        _innermost = this;
    }

    /// <summary>Hands a tensor to the enclosing scope or the caller.</summary>
    /// <param name="tensor">A tensor; one that this scope does not own stays where it is.</param>
    /// <returns>The same tensor.</returns>
    public Tensor Keep(Tensor tensor)
    {
        if (tensor.Scope == this) Adopt(tensor, _enclosing);
        return tensor;
    }

    /// <summary>Hands several tensors to the enclosing scope or the caller.</summary>
    /// <param name="tensors">Tensors, as for <see cref="Keep(Tensor)"/>.</param>
    /// <returns>The same array.</returns>
    public Tensor[] Keep(Tensor[] tensors)
    {
        foreach (var tensor in tensors) Keep(tensor);
        return tensors;
    }

    /// <summary>Frees what was created in the scope and not kept.</summary>
    /// <exception cref="InvalidOperationException">An inner scope is open, or this is another thread.</exception>
    public void Dispose()
    {
        if (_ended) return;
        if (_innermost != this)
            throw new InvalidOperationException("TensorScope: scopes end on the thread that opened them, innermost first.");
        _ended = true;
        _innermost = _enclosing;
        foreach (var tensor in _tensors)
        {
            if (tensor.Scope == this) tensor.Dispose();
        }
        _tensors.Clear();
    }

    /// <summary>Puts a new tensor under the care of this thread's innermost scope, if there is one.</summary>
    internal static void Enter(Tensor tensor) => Adopt(tensor, _innermost);

    static void Adopt(Tensor tensor, TensorScope? scope)
    {
        tensor.Scope = scope;
        scope?._tensors.Add(tensor);
    }
}
