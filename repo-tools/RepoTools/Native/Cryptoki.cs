using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace RepoTools.Native;

/// <summary>What a call of a PKCS #11 module returned instead of success.</summary>
internal sealed class CryptokiException(string call, nuint result)
    : Exception($"{call} returned {CryptokiResults.Name(result)}")
{
    public nuint Result { get; } = result;
}

/// <param name="Label">Without the blanks that fill the field; so the others.</param>
/// <param name="NeedsLogin">Private keys are seen after C_Login only.</param>
/// <param name="HasPinPad">The PIN is typed on the device, not here.</param>
internal sealed record TokenInfo(
    string Label,
    string Manufacturer,
    string Model,
    string Serial,
    bool NeedsLogin,
    bool HasPinPad
);

/// <summary>An attribute to look for.</summary>
internal readonly record struct ObjectAttribute(nuint Type, byte[] Value);

/// <summary>
/// The few functions of a PKCS #11 module (OASIS PKCS #11 2.40, Linux ABI: CK_ULONG is unsigned long, structures are not packed) that signing
/// needs, found through C_GetFunctionList. Not for several threads.
/// </summary>
internal sealed unsafe class Cryptoki : IDisposable
{
    private const nuint Ok = 0; // CKR_OK
    private const nuint AlreadyInitialised = 0x191; // CKR_CRYPTOKI_ALREADY_INITIALIZED
    private const nuint AlreadyLoggedIn = 0x100; // CKR_USER_ALREADY_LOGGED_IN
    private const nuint SerialSession = 4; // CKF_SERIAL_SESSION, read only
    private const nuint User = 1; // CKU_USER
    private const nuint ContextSpecific = 2; // CKU_CONTEXT_SPECIFIC
    private const nuint OsLockingOk = 2; // CKF_OS_LOCKING_OK
    private const nuint LoginRequired = 4; // CKF_LOGIN_REQUIRED
    private const nuint ProtectedPath = 0x100; // CKF_PROTECTED_AUTHENTICATION_PATH
    private static readonly nuint s_unavailable = nuint.MaxValue; // CK_UNAVAILABLE_INFORMATION
    private const int MaxSlots = 256;
    private const int MaxAttribute = 64 * 1024;

    // Places in CK_FUNCTION_LIST, after its version.
    private const int Initialize = 0;
    private const int Finalize_ = 1;
    private const int GetSlotList = 4;
    private const int GetTokenInfo = 6;
    private const int OpenSession_ = 12;
    private const int CloseSession_ = 13;
    private const int Login_ = 18;
    private const int GetAttributeValue = 24;
    private const int FindObjectsInit = 26;
    private const int FindObjects = 27;
    private const int FindObjectsFinal = 28;
    private const int SignInit = 42;
    private const int Sign_ = 43;

    private readonly nint* _functions;
    private readonly bool _isOurs;

    private Cryptoki(nint* functions)
    {
        _functions = functions;
        var arguments = new InitializeArguments { Flags = OsLockingOk };
        var result = ((delegate* unmanaged[Cdecl]<void*, nuint>)At(Initialize))(&arguments);
        if (result != AlreadyInitialised)
        {
            Check("C_Initialize", result);
        }

        // Another key of the same command may have come first; then it is the one that ends it.
        _isOurs = result != AlreadyInitialised;
    }

    /// <exception cref="DllNotFoundException">No such file, or no shared library.</exception>
    /// <exception cref="EntryPointNotFoundException">Not a PKCS #11 module.</exception>
    /// <exception cref="CryptokiException">The module does not start.</exception>
    public static Cryptoki Load(string path)
    {
        CheckSizes();
        // Never unloaded: modules are known to crash a process that does.
        var library = NativeLibrary.Load(path);
        var getList = (delegate* unmanaged[Cdecl]<nint**, nuint>)NativeLibrary.GetExport(library, "C_GetFunctionList");
        nint* list = null;
        Check("C_GetFunctionList", getList(&list));
        // CK_VERSION: two bytes; later versions have the same functions at the same places.
        return list is not null && *(byte*)list is 2 or 3
            ? new Cryptoki(list + 1)
            : throw new EntryPointNotFoundException($"{path} speaks another version of PKCS #11 than 2 or 3.");
    }

    /// <summary>Slots that hold a token.</summary>
    public nuint[] Slots()
    {
        var call = (delegate* unmanaged[Cdecl]<byte, nuint*, nuint*, nuint>)At(GetSlotList);
        var slots = new nuint[MaxSlots];
        var count = (nuint)slots.Length;
        fixed (nuint* p = slots)
        {
            Check("C_GetSlotList", call(1, p, &count));
        }

        return slots[..(int)count];
    }

    public TokenInfo Token(nuint slot)
    {
        NativeTokenInfo info = default;
        Check("C_GetTokenInfo", ((delegate* unmanaged[Cdecl]<nuint, void*, nuint>)At(GetTokenInfo))(slot, &info));
        return new TokenInfo(
            Text(info.Label, 32),
            Text(info.Manufacturer, 32),
            Text(info.Model, 16),
            Text(info.Serial, 16),
            (info.Flags & LoginRequired) != 0,
            (info.Flags & ProtectedPath) != 0
        );
    }

    public nuint OpenSession(nuint slot)
    {
        nuint session;
        var call = (delegate* unmanaged[Cdecl]<nuint, nuint, void*, void*, nuint*, nuint>)At(OpenSession_);
        Check("C_OpenSession", call(slot, SerialSession, null, null, &session));
        return session;
    }

    public void CloseSession(nuint session) =>
        _ = ((delegate* unmanaged[Cdecl]<nuint, nuint>)At(CloseSession_))(session);

    /// <param name="session">Of the token; all sessions with it are logged in then.</param>
    /// <param name="pin">In UTF-8; null for a token with a PIN pad.</param>
    /// <param name="again">For a key that wants the PIN before each signature.</param>
    public void Login(nuint session, ReadOnlySpan<byte> pin, bool again = false)
    {
        var call = (delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint>)At(Login_);
        fixed (byte* p = pin)
        {
            var result = call(session, again ? ContextSpecific : User, p, (nuint)pin.Length);
            if (result != AlreadyLoggedIn)
            {
                Check("C_Login", result);
            }
        }
    }

    /// <summary>The first objects that have all the attributes.</summary>
    /// <param name="session">Of the token.</param>
    /// <param name="wanted">What they must have.</param>
    /// <param name="limit">How many at most.</param>
    public nuint[] Find(nuint session, ReadOnlySpan<ObjectAttribute> wanted, int limit)
    {
        var template = stackalloc Attribute[wanted.Length];
        var pins = new GCHandle[wanted.Length];
        var found = new nuint[limit];
        nuint count = 0;
        try
        {
            for (var i = 0; i < wanted.Length; i++)
            {
                pins[i] = GCHandle.Alloc(wanted[i].Value, GCHandleType.Pinned);
                template[i] = new Attribute
                {
                    Type = wanted[i].Type,
                    Value = (void*)pins[i].AddrOfPinnedObject(),
                    Length = (nuint)wanted[i].Value.Length,
                };
            }

            var start = (delegate* unmanaged[Cdecl]<nuint, void*, nuint, nuint>)At(FindObjectsInit);
            Check("C_FindObjectsInit", start(session, template, (nuint)wanted.Length));
            fixed (nuint* p = found)
            {
                var next = (delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint*, nuint>)At(FindObjects);
                Check("C_FindObjects", next(session, p, (nuint)limit, &count));
            }

            Check("C_FindObjectsFinal", ((delegate* unmanaged[Cdecl]<nuint, nuint>)At(FindObjectsFinal))(session));
        }
        finally
        {
            foreach (var pin in pins.Where(p => p.IsAllocated))
            {
                pin.Free();
            }
        }

        return found[..(int)count];
    }

    /// <summary>Null for an attribute that the object lacks or does not tell.</summary>
    public byte[]? Value(nuint session, nuint item, nuint type)
    {
        var call = (delegate* unmanaged[Cdecl]<nuint, nuint, Attribute*, nuint, nuint>)At(GetAttributeValue);
        var attribute = new Attribute { Type = type };
        if (
            call(session, item, &attribute, 1) != Ok
            || attribute.Length == s_unavailable
            || attribute.Length > MaxAttribute
        )
        {
            return null;
        }

        var value = new byte[(int)attribute.Length];
        fixed (byte* p = value)
        {
            attribute.Value = p;
            return call(session, item, &attribute, 1) == Ok ? value[..(int)attribute.Length] : null;
        }
    }

    /// <param name="session">Logged in.</param>
    /// <param name="key">A private key.</param>
    /// <param name="mechanism">CKM_…</param>
    /// <param name="parameters">Numbers, one after another; none for most mechanisms.</param>
    /// <param name="data">What the mechanism signs: for some a digest.</param>
    /// <param name="unlock">Called between the start and the signature: keys that want the PIN each time get it there.</param>
    public byte[] Sign(
        nuint session,
        nuint key,
        nuint mechanism,
        ReadOnlySpan<nuint> parameters,
        ReadOnlySpan<byte> data,
        Action? unlock
    )
    {
        fixed (nuint* p = parameters)
        {
            var how = new Mechanism
            {
                Type = mechanism,
                Parameter = p,
                Length = (nuint)(parameters.Length * sizeof(nuint)),
            };
            var start = (delegate* unmanaged[Cdecl]<nuint, void*, nuint, nuint>)At(SignInit);
            Check("C_SignInit", start(session, &how, key));
        }

        unlock?.Invoke();
        var signature = new byte[4096];
        var length = (nuint)signature.Length;
        fixed (byte* input = data)
        fixed (byte* output = signature)
        {
            var sign = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint*, nuint>)At(Sign_);
            Check("C_Sign", sign(session, input, (nuint)data.Length, output, &length));
        }

        return signature[..(int)length];
    }

    public void Dispose()
    {
        if (_isOurs)
        {
            _ = ((delegate* unmanaged[Cdecl]<void*, nuint>)At(Finalize_))(null);
        }
    }

    private nint At(int place) => _functions[place];

    private static void Check(string call, nuint result)
    {
        if (result != Ok)
        {
            throw new CryptokiException(call, result);
        }
    }

    private static string Text(byte* field, int length) => Encoding.UTF8.GetString(field, length).TrimEnd(' ', '\0');

    // A module reads and writes these: another size would be another ABI.
    private static void CheckSizes()
    {
        if (
            Unsafe.SizeOf<Attribute>() != 3 * sizeof(nint)
            || Unsafe.SizeOf<Mechanism>() != 3 * sizeof(nint)
            || Unsafe.SizeOf<InitializeArguments>() != 6 * sizeof(nint)
            || Unsafe.SizeOf<NativeTokenInfo>() != 96 + 11 * sizeof(nint) + 24 - (sizeof(nint) == 8 ? 0 : 4)
        )
        {
            throw new PlatformNotSupportedException("The structures of PKCS #11 have other sizes here.");
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Attribute
    {
        public nuint Type;
        public void* Value;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Mechanism
    {
        public nuint Type;
        public void* Parameter;
        public nuint Length;
    }

    // CK_C_INITIALIZE_ARGS: four functions for locks, flags, reserved.
    [StructLayout(LayoutKind.Sequential)]
    private struct InitializeArguments
    {
        public nint Create;
        public nint Destroy;
        public nint Lock;
        public nint Unlock;
        public nuint Flags;
        public nint Reserved;
    }

    // CK_TOKEN_INFO: ten numbers follow the flags, then two versions and the time.
    [StructLayout(LayoutKind.Sequential)]
    private struct NativeTokenInfo
    {
        public fixed byte Label[32];
        public fixed byte Manufacturer[32];
        public fixed byte Model[16];
        public fixed byte Serial[16];
        public nuint Flags;
        public Numbers Counts;
        public fixed byte Versions[4];
        public fixed byte Time[16];
    }

    [InlineArray(10)]
    private struct Numbers
    {
        private nuint _first;
    }
}
