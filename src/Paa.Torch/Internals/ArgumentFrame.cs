using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Paa.Torch.Internals;

/// <summary>Arguments of one call in native form. Handles are referenced from <see cref="Fill"/> to <see cref="Dispose"/>, so
/// that another thread's dispose cannot free a tensor in use.</summary>
/// <remarks>Arrays are copied to caller-provided words, which must not move while the frame is in use.</remarks>
unsafe ref struct ArgumentFrame(ReadOnlySpan<Argument> arguments, Span<NativeArgument> native, Span<long> words)
{
    readonly ReadOnlySpan<Argument> _arguments = arguments;
    readonly Span<NativeArgument> _native = native;
    Span<long> _words = words;
    int _referencedArguments; // arguments whose handles are all referenced
    int _referencedElements;  // and those of the next argument, a list

    /// <summary>Words needed for the arrays of these arguments.</summary>
    internal static int WordCount(ReadOnlySpan<Argument> arguments)
    {
        var count = 0;
        foreach (ref readonly var argument in arguments)
        {
            count += argument.Kind switch
            {
                ArgumentKind.Ints or ArgumentKind.Doubles or ArgumentKind.Tensors => Unsafe.As<Array>(argument.Reference!).Length,
                ArgumentKind.String => (Encoding.UTF8.GetMaxByteCount(Unsafe.As<string>(argument.Reference!).Length) + 7) / 8,
                _ => 0,
            };
        }
        return count;
    }

    /// <summary>Writes the native arguments.</summary>
    /// <exception cref="ObjectDisposedException">A tensor is disposed.</exception>
    internal void Fill()
    {
        for (; _referencedArguments < _arguments.Length; _referencedArguments++)
        {
            ref readonly var argument = ref _arguments[_referencedArguments];
            ref var target = ref _native[_referencedArguments];
            target = new NativeArgument { Kind = argument.Kind, Integer = argument.Bits };
            switch (argument.Kind)
            {
                case ArgumentKind.Tensor:
                    target.Pointer = Reference(Unsafe.As<Tensor>(argument.Reference!).Handle);
                    break;
                case ArgumentKind.Generator:
                    target.Pointer = Reference(Unsafe.As<Generator>(argument.Reference!).Handle);
                    break;
                case ArgumentKind.Device:
                    (target.Length, target.Integer) = ((int)(argument.Bits >> 32), (int)argument.Bits);
                    break;
                case ArgumentKind.String:
                    var text = Unsafe.As<string>(argument.Reference!);
                    target.Length = Encoding.UTF8.GetBytes(text, MemoryMarshal.AsBytes(_words));
                    target.Pointer = Take((target.Length + 7) / 8);
                    break;
                case ArgumentKind.Ints:
                    Copy(Unsafe.As<long[]>(argument.Reference!), ref target);
                    break;
                case ArgumentKind.Doubles:
                    Copy(MemoryMarshal.Cast<double, long>(Unsafe.As<double[]>(argument.Reference!)), ref target);
                    break;
                case ArgumentKind.Tensors:
                    CopyHandles(Unsafe.As<Tensor?[]>(argument.Reference!), ref target);
                    break;
            }
        }
    }

    /// <summary>Lets go of every handle that <see cref="Fill"/> referenced.</summary>
    internal readonly void Dispose()
    {
        for (var i = 0; i < _referencedArguments; i++)
        {
            if (_arguments[i].Kind == ArgumentKind.Tensor) Unsafe.As<Tensor>(_arguments[i].Reference!).Handle.DangerousRelease();
            if (_arguments[i].Kind == ArgumentKind.Generator)
                Unsafe.As<Generator>(_arguments[i].Reference!).Handle.DangerousRelease();
            if (_arguments[i].Kind == ArgumentKind.Tensors) Release(Unsafe.As<Tensor?[]>(_arguments[i].Reference!));
        }
        if (_referencedElements > 0)
            Release(Unsafe.As<Tensor?[]>(_arguments[_referencedArguments].Reference!).AsSpan(0, _referencedElements));
    }

    static nint Reference(SafeHandle handle)
    {
        var referenced = false;
        handle.DangerousAddRef(ref referenced);
        return handle.DangerousGetHandle();
    }

    static void Release(ReadOnlySpan<Tensor?> tensors)
    {
        foreach (var tensor in tensors) tensor?.Handle.DangerousRelease();
    }

    void Copy(ReadOnlySpan<long> values, ref NativeArgument target)
    {
        values.CopyTo(_words);
        target.Length = values.Length;
        target.Pointer = Take(values.Length);
    }

    void CopyHandles(Tensor?[] tensors, ref NativeArgument target)
    {
        for (; _referencedElements < tensors.Length; _referencedElements++)
            _words[_referencedElements] = tensors[_referencedElements] is { } tensor ? Reference(tensor.Handle) : 0;
        _referencedElements = 0;
        target.Length = tensors.Length;
        target.Pointer = Take(tensors.Length);
    }

    nint Take(int count)
    {
        var start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(_words));
        _words = _words[count..];
        return start;
    }
}
