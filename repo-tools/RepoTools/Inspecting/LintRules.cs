namespace RepoTools.Inspecting;

/// <summary>What is unwise in metadata and manifest. Rules on values and one time; files are <see cref="LintFiles"/>'s business.</summary>
internal sealed class LintRules(RepositoryState state, IReadOnlyList<TestKey> testKeys, DateTimeOffset at)
{
    private readonly SeenRepository _repository = state.Repository;

    /// <summary>What hosts can't use at all comes first.</summary>
    public IEnumerable<Finding> All() =>
        Unusable()
            .Concat(new LintKeys(_repository, testKeys).All())
            .Concat(new LintMetadata(_repository, at).All())
            .Concat(new LintDelegations(_repository).All())
            .Concat(new LintReleases(state, at).All());

    private IEnumerable<Finding> Unusable() =>
        _repository.Unusable.Select(role => new Finding(
            "role-unusable",
            Finding.Error,
            $"No host can use the delegated role {role.Name}: {role.Why.Message}",
            "Publish it again with its key, or restore its file from a copy."
        ));
}
