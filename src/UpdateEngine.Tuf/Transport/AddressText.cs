namespace UpdateEngine.Tuf.Transport;

/// <summary>The only way in which addresses get into errors, warnings and files: without user, password, query and fragment, which may be secrets.</summary>
public static class AddressText
{
    public static string Of(Uri address) =>
        address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
