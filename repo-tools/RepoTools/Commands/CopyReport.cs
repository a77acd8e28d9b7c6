using System.CommandLine;
using RepoTools.Moving;
using UpdateEngine;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <param name="Copied">Targets that were brought.</param>
/// <param name="CopiedBytes">Of those.</param>
/// <param name="Metadata">Metadata files that were written.</param>
/// <param name="LeftOut">What the copy does not have, in sentences.</param>
internal sealed record CopyAnswer(
    string Source,
    string Destination,
    long Root,
    long Timestamp,
    long Snapshot,
    long Targets,
    int Copied,
    long CopiedBytes,
    int Metadata,
    IReadOnlyList<string> LeftOut
);

/// <summary>What is said of a copy of a repository.</summary>
internal static class CopyReport
{
    public static int Print(
        ParseResult args,
        VerifiedRepository source,
        ICopyDestination destination,
        CopyPlan plan,
        CopyResult result
    )
    {
        var versions = source.Versions;
        var answer = new CopyAnswer(
            source.Address.Text,
            destination.Text,
            versions.RootVersion,
            versions.TimestampVersion,
            versions.SnapshotVersion,
            versions.TargetsVersion,
            result.Targets,
            result.Bytes,
            result.Metadata,
            LeftOut(plan, result.Missing)
        );
        var would = DryRun.IsAsked(args) ? "would be " : "";
        return DryRun.Print(args, answer, AnswersJson.Default.CopyAnswer, Text(answer, plan, would));
    }

    /// <summary>One sentence for each kind of thing that is not in the copy.</summary>
    public static IReadOnlyList<string> LeftOut(CopyPlan plan, IReadOnlyList<string> missing)
    {
        var said = new List<string>();
        var selected = plan.Selected;
        if (selected.Releases.Count > 0)
        {
            said.Add($"Releases without their images: {string.Join(", ", selected.Releases)}.");
        }

        if (selected.LeftOut > 0)
        {
            said.Add($"{selected.LeftOut} targets of {Bytes.Text(selected.LeftOutBytes)} are left out.");
        }

        if (missing.Count > 0)
        {
            said.Add($"{missing.Count} targets were not there to be copied: {NameList.Some(missing)}.");
        }

        return [.. said, .. plan.Remarks];
    }

    private static string Text(CopyAnswer answer, CopyPlan plan, string would)
    {
        var lines = new List<string>
        {
            $"{answer.Destination}: {would}a copy of {answer.Source} with root {answer.Root}, targets {answer.Targets}, snapshot {answer.Snapshot}, timestamp {answer.Timestamp}",
            $"{answer.Copied} of {plan.Selected.Targets.Count} targets {would}copied, {Bytes.Text(answer.CopiedBytes)}; {answer.Metadata} metadata files {would}written",
        };
        lines.AddRange(answer.LeftOut);
        return string.Join('\n', lines);
    }
}
