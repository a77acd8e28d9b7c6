namespace RepoTools.Native;

/// <summary>The results of PKCS #11 calls that a publisher may meet, and their names in the specification.</summary>
internal static class CryptokiResults
{
    public const nuint PinIncorrect = 0xA0;
    public const nuint PinInvalid = 0xA1;
    public const nuint PinLengthRange = 0xA2;
    public const nuint PinExpired = 0xA3;
    public const nuint PinLocked = 0xA4;

    public static string Name(nuint result) =>
        (ulong)result switch
        {
            0x5 => "CKR_GENERAL_ERROR",
            0x6 => "CKR_FUNCTION_FAILED",
            0x30 => "CKR_DEVICE_ERROR",
            0x32 => "CKR_DEVICE_REMOVED",
            0x54 => "CKR_FUNCTION_NOT_SUPPORTED",
            0x63 => "CKR_KEY_TYPE_INCONSISTENT",
            0x68 => "CKR_KEY_FUNCTION_NOT_PERMITTED",
            0x70 => "CKR_MECHANISM_INVALID",
            0x71 => "CKR_MECHANISM_PARAM_INVALID",
            0xA0 => "CKR_PIN_INCORRECT",
            0xA1 => "CKR_PIN_INVALID",
            0xA2 => "CKR_PIN_LEN_RANGE",
            0xA3 => "CKR_PIN_EXPIRED",
            0xA4 => "CKR_PIN_LOCKED",
            0xE0 => "CKR_TOKEN_NOT_PRESENT",
            0xE1 => "CKR_TOKEN_NOT_RECOGNIZED",
            0x101 => "CKR_USER_NOT_LOGGED_IN",
            0x102 => "CKR_USER_PIN_NOT_INITIALIZED",
            _ => $"0x{(ulong)result:x}",
        };
}
