using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Tuf.Consensus;

/// <summary>A repository at one of its addresses. All addresses of a repository share its store, and so what was seen at any of them.</summary>
internal sealed class MirrorClient(TufClientOptions options)
{
    private TufClient? _client;
    private TufException? _failure;

    public Uri MetadataUrl => options.MetadataUrl;

    /// <summary>Of the last refresh.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    private bool IsAsked { get; set; }

    /// <summary>The next question comes after a new refresh.</summary>
    public void Forget() => (IsAsked, _failure, Warnings) = (false, null, []);

    /// <summary>Makes no request.</summary>
    public TufClient Open() => _client ??= TufClient.Open(options);

    /// <summary>Refreshes the first time; a failure is final until <see cref="Forget"/>.</summary>
    public async Task<TufClient> RefreshedAsync(CancellationToken ct)
    {
        if (!IsAsked)
        {
            await RefreshAsync(ct);
        }

        return _failure is null ? _client! : throw _failure;
    }

    private async Task RefreshAsync(CancellationToken ct)
    {
        try
        {
            Warnings = (await Open().RefreshAsync(ct)).Warnings;
        }
        catch (TufException error)
        {
            _failure = error;
        }

        IsAsked = true;
    }
}
