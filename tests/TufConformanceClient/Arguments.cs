namespace TufConformanceClient;

/// <summary>The command line that the suite prescribes: options, and one command anywhere between them. Ours besides: --targets-limit BYTES.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);

    public List<string> TargetNames { get; } = [];

    /// <summary>The command, and for init the path of the root.</summary>
    public List<string> Words { get; } = [];

    public string this[string option] => TryGet(option) ?? throw new InvalidDataException($"--{option} is missing.");

    public string? TryGet(string option) => _options.GetValueOrDefault(option);

    public static Arguments Parse(string[] args)
    {
        var result = new Arguments();
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                result.Words.Add(args[i]);
            }
            else if (i + 1 == args.Length)
            {
                throw new InvalidDataException($"{args[i]} needs a value.");
            }
            else if (args[i] is "--target-name")
            {
                result.TargetNames.Add(args[++i]);
            }
            else
            {
                result._options[args[i][2..]] = args[++i];
            }
        }

        return result;
    }
}
