using System.CommandLine;
using RepoTools.Inspecting;
using RepoTools.Moving;
using UpdateEngine.Tuf.Transport;

namespace RepoTools.Commands;

/// <summary>The repository that something is taken out of, wherever it is, whom the user trusts there, and how it is asked.</summary>
internal sealed class SourceInputs
{
    private readonly Argument<string> _repository;
    private readonly Option<string> _trust = TrustInputs.Trust();
    private readonly Option<string> _authorities = HttpInputs.Authorities();

    public SourceInputs(string name = "REPO") =>
        _repository = new Argument<string>(name) { Description = $"The repository: {SeenInputs.Forms}." };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_repository);
        command.Options.Add(_trust);
        command.Options.Add(_authorities);
    }

    public RepositoryAddress Address(ParseResult args) =>
        RepositoryAddress.Parse(args.GetRequiredValue(_repository), args.GetValue(_trust));

    /// <summary>By the root that is known to be trusted in it.</summary>
    public Task<VerifiedRepository> OpenAsync(ParseResult args, TimeProvider time, CancellationToken cancel) =>
        OpenAsync(args, Address(args).ReadAnchor(), time, null, cancel);

    public Task<VerifiedRepository> OpenAsync(
        ParseResult args,
        byte[] anchor,
        TimeProvider time,
        CopyMemory? memory,
        CancellationToken cancel
    ) => VerifiedRepository.OpenAsync(Address(args), anchor, Http(args), time, memory, cancel);

    public HttpTransportOptions Http(ParseResult args) => HttpInputs.Options(args, _authorities);

    public string? Trust(ParseResult args) => args.GetValue(_trust);
}
