using RepoTools;
using UpdateEngine.Terminal;

return await CommandHost.RunAsync(CommandTree.Build(TimeProvider.System), args);
