using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using RepoTools.Delegating;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf;

namespace RepoTools.Commands;

internal sealed record AddedTarget(string Name, string Role, long Length, string Sha256);

/// <param name="Targets">Those of files; of a list only the count is told.</param>
internal sealed record TargetAddAnswer(string Repository, int Count, int Roles, IReadOnlyList<AddedTarget> Targets);

internal sealed class TargetAddCommand : ToolCommand
{
    private const int MaxCustomBytes = 64 * 1024;

    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string> _trust = TrustInputs.Trust();
    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "The target itself. Several files become several targets.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<string> _name = Inputs.Text(
        "--name",
        "The target's name, with slashes where it has directories. The file's own name without it."
    );
    private readonly Option<string> _custom = Inputs.File(
        "--custom",
        "A JSON object that is signed with the target, for the publisher's own use."
    );
    private readonly Option<string> _role = new("--role")
    {
        Description = "The role that lists it. Without it the role that the delegations lead to, as a client searches.",
        HelpName = "ROLE",
    };
    private readonly Option<string> _list = Inputs.File(
        "--from-list",
        "Targets whose files lie elsewhere, in an object store for example: a line each with NAME, LENGTH in bytes and SHA-256, tabs between."
    );

    public TargetAddCommand()
        : base(
            "add",
            "Add files to the draft as targets, or replace targets of the same names. Nothing is visible before `publish`.",
            """
            repo-tools target add repo app.tar.zst --name apps/app-1.2.0.tar.zst --custom app.json
            repo-tools target add repo a.bin b.bin --role targets
            # Files that are served from another place: targets/DIR/SHA256.NAME below the address of the targets.
            repo-tools target add repo --from-list targets.tsv
            """
        )
    {
        Add(_directory);
        Add(_files);
        foreach (var option in (Option[])[_name, _custom, _role, _list, _trust, DryRun.NewOption()])
        {
            Add(option);
        }
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        var (files, list) = (args.GetValue(_files) ?? [], args.GetValue(_list));
        RequireMeaning(args, files, list);
        var custom = args.GetValue(_custom) is { } path ? ReadCustom(path) : null;
        foreach (var file in files)
        {
            Files.RequireExists(file, "Check the path.");
        }

        using var only = PublisherLock.ForChange(workspace, DryRun.IsAsked(args));
        var now = Published.Read(workspace);
        var targets = new TargetEdits(workspace, RoleView.Open(workspace, now), Draft.Open(workspace, now))
        {
            IsDryRun = only is null,
        };
        var role = args.GetValue(_role);
        var added = list is null
            ? files.Select(file => AddFile(targets, file, args.GetValue(_name), role, custom)).ToList()
            : [];
        var (count, roles) = list is null ? (added.Count, Roles(added)) : AddList(targets, list, role, custom);
        cancel.ThrowIfCancellationRequested();
        if (only is not null)
        {
            targets.Save();
        }

        return Task.FromResult(Report(args, new TargetAddAnswer(workspace.Root, count, roles, added)));
    }

    private static AddedTarget AddFile(TargetEdits targets, string file, string? name, string? role, JsonObject? custom)
    {
        var target = Inputs.TargetName(name ?? Path.GetFileName(file));
        role = targets.Place(target, role);
        var staged = targets.Stage(file, target) with { Custom = custom };
        targets.Set(role, target, staged);
        return new AddedTarget(target.Value, role, staged.Length, staged.Sha256);
    }

    private static (int Count, int Roles) AddList(TargetEdits targets, string list, string? role, JsonObject? custom)
    {
        var count = 0;
        var roles = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, target) in TargetList.Parse(list, Files.Read(list, TargetList.MaxBytes, "Check the path.")))
        {
            var place = targets.Place(name, role);
            targets.Set(place, name, custom is null ? target : target with { Custom = custom });
            roles.Add(place);
            count++;
        }

        if (count == 0)
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"{list} lists no target: every line of it is empty.",
                "Look at what should have written it."
            );
        }

        return (count, roles.Count);
    }

    private static int Roles(List<AddedTarget> added) =>
        added.Select(t => t.Role).Distinct(StringComparer.Ordinal).Count();

    private void RequireMeaning(ParseResult args, string[] files, string? list)
    {
        var fault =
            files.Length == 0 == (list is null) ? "needs either files or --from-list"
            : args.GetValue(_name) is not null && files.Length != 1 ? "takes --name for one file only"
            : null;
        if (fault is not null)
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"repo-tools target add {fault}.",
                "See `repo-tools target add --help`."
            );
        }
    }

    private static JsonObject ReadCustom(string path)
    {
        try
        {
            var options = new JsonDocumentOptions { AllowDuplicateProperties = false };
            return JsonNode.Parse(Files.Read(path, MaxCustomBytes, "Check the path."), null, options) as JsonObject
                ?? throw new JsonException("it is no object");
        }
        catch (JsonException e)
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"{path} can't be used as --custom: it is not one JSON object.",
                "Write it like {\"size\": 1}.",
                e
            );
        }
    }

    private static int Report(ParseResult args, TargetAddAnswer answer)
    {
        var lines = answer.Targets.Select(t => $"{t.Name} ({Bytes.Text(t.Length)}) in {t.Role}");
        var what =
            answer.Targets.Count > 0
                ? string.Join('\n', lines)
                : $"{answer.Count} target(s) of a list, in {answer.Roles} role(s)";
        return DryRun.Print(
            args,
            answer,
            AnswersJson.Default.TargetAddAnswer,
            $"{what}, in the draft of {answer.Repository}.",
            $"repo-tools publish {answer.Repository} ..."
        );
    }
}
