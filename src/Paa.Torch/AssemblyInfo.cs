using System.Runtime.CompilerServices;

// Every native declaration uses blittable types only, so the runtime's own marshalling would add nothing but time.
[assembly: DisableRuntimeMarshalling]
