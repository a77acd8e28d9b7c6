using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.Misbehaviour;

/// <summary>Something that a server of images does, and how a prepare ends.</summary>
/// <param name="Name">Its line in docs/faults.md.</param>
internal sealed record ServerFault(string Name, Outcome Outcome, Func<ImageRequest, Task> Answer);

/// <summary>All that a server is known to do wrong to a prepare that starts, and to one that goes on.</summary>
internal static class ServerFaults
{
    private static readonly byte[] s_otherFile = TestRepository.Frames(FaultyHost.OtherImage);

    /// <summary>Less than this is no progress, so that retries end.</summary>
    private const int Little = 8_000;

    public static IReadOnlyList<ServerFault> Fresh { get; } =
    [
        // Other bytes.
        Fails("other image of the same length", Mismatch("sha256"), r => r.SendAllAsync(s_otherFile)),
        Fails("other image, in chunks", Mismatch("sha256"), r => r.SendInChunksAsync(s_otherFile)),
        Fails("other image at the place it redirects to", Mismatch("sha256"), RedirectToOtherAsync),
        Fails("one byte turned round", Mismatch("sha256"), r => r.SendAllAsync(Turned(r.File, r.File.Length / 2))),
        Fails("an empty file", Mismatch("length"), r => r.SendAllAsync([])),
        Fails("truncated, and says so", Mismatch("length"), r => r.SendAllAsync(r.File[..^1000])),
        Fails(
            "announces less than it sends",
            Mismatch("length"),
            r => r.SendAllAsync(r.File, length: r.File.Length - 1000)
        ),
        Fails("a byte after the signed ones", TooLarge, r => r.SendAllAsync([.. r.File, 0])),
        Fails("a byte after the signed ones, in chunks", TooLarge, r => r.SendInChunksAsync((byte[])[.. r.File, 0])),
        Fails("the file twice", TooLarge, r => r.SendInChunksAsync((byte[])[.. r.File, .. r.File])),
        Fails("announces more than is signed", TooLarge, r => r.SendAllAsync(r.File, length: long.MaxValue)),
        Fails("endless", TooLarge, EndlessAsync),
        Fails(
            "compressed on the way (gzip)",
            TooLarge,
            r => r.SendAllAsync(ImageFiles.Gzip(r.File), "Content-Encoding: gzip\r\n")
        ),
        // The bytes do not come.
        Fails("stalls for ever", Outcome.Network("stalled"), r => StallAfterAsync(r, Little)),
        Fails("never answers", Outcome.Network("does not answer"), r => r.StallAsync()),
        Fails("drips", Outcome.Network("stalled"), DripAsync),
        Fails(
            "answers 100 for ever",
            Outcome.Network("does not answer"),
            r => r.DripAsync("HTTP/1.1 100 Continue\r\n\r\n")
        ),
        Fails("resets each connection", Outcome.Network("broke off"), r => ResetAfterAsync(r, Little)),
        Fails("closes without an answer", Outcome.Network("cannot be reached"), _ => Task.CompletedTask),
        Fails("announces more than it sends", Outcome.Network("broke off"), AnnounceMoreAsync),
        Fails(
            "a chunk that is none",
            Outcome.Network("broke off"),
            r => r.SendInChunksAsync(r.File.AsMemory(0, Little), ends: false)
        ),
        Fails("500 for ever", Outcome.Network("answers 500"), r => r.HeadAsync("500 Oh No", length: 0)),
        Fails("401", Outcome.Network("answers 401"), r => r.HeadAsync("401 Who Are You", length: 0)),
        Fails("404", new("tuf-not-found", 66, "root"), r => r.HeadAsync("404 Not Found", length: 0)),
        Fails("206 that nobody asked for", Outcome.Network("answers 206"), UnaskedPartAsync),
        Fails("what is not HTTP", Outcome.Network("cannot be reached"), r => r.TextAsync("220 mail.example ESMTP\r\n")),
        Fails("headers without an end", Outcome.Network("cannot be reached"), HeadersAsync),
        Fails("redirects in a circle", Outcome.Network("redirects more than 5 times"), r => RedirectAsync(r, "?again")),
        Fails(
            "redirects to a file of the host",
            Outcome.Network("no web address"),
            r => RedirectAsync(r, "file:///etc/passwd")
        ),
        // The rest of a transfer that broke off.
        Fails("200 for the rest, with another image", Mismatch("sha256"), ForRest(r => r.SendAllAsync(s_otherFile))),
        Fails("the rest from another place", Outcome.Network("does not start at byte"), ForRest(WrongPlaceAsync)),
        Fails(
            "the rest with contradicting lengths",
            Outcome.Network("contradict each other"),
            ForRest(ContradictingAsync)
        ),
        Fails(
            "the rest with another ETag",
            Outcome.Network("was changed"),
            ForRest(r => r.SendAsync(r.File, "\"other\""))
        ),
        Fails(
            "the rest of a file of another length",
            Outcome.Network("was changed"),
            ForRest(r => r.SendAsync([.. r.File, 0]))
        ),
        Fails("the rest of another image, same ETag", Mismatch("sha256"), ForRest(r => r.SendAsync(s_otherFile))),
        Fails("416 for the rest", Outcome.Network("was changed"), ForRest(BeyondAsync)),
        Fails(
            "404 for the rest",
            Outcome.Network("not there any more"),
            ForRest(r => r.HeadAsync("404 Not Found", length: 0))
        ),
        // Bad, but good enough.
        Installs("stalls once", r => r.Number == 1 ? StallAfterAsync(r, 1_000_000) : r.GoodAsync()),
        Installs("resets once", r => r.Number == 1 ? ResetAfterAsync(r, 1_000_000) : r.GoodAsync()),
        Installs("resets once, with an ETag that is not ASCII", OddTagAsync),
        Installs("resets after every 300 kB", r => ResetAfterAsync(r, 300_000)),
        Installs("500, then good", r => r.Number < 4 ? r.HeadAsync("500 Oh No", length: 0) : r.GoodAsync()),
        Installs("200 for the rest", ForRest(r => r.SendAllAsync(r.File))),
        Installs("redirects to another server", r => RedirectAsync(r, r.Elsewhere)),
        Installs("in chunks", r => r.SendInChunksAsync(r.File)),
        Installs("no length, the end of the connection is the end", NoLengthAsync),
        Installs("says gzip and is not", r => r.SendAllAsync(r.File, "Content-Encoding: gzip\r\n")),
    ];

    /// <summary>Of a prepare that was interrupted and goes on: a file that is asked for from its beginning is good, unless told otherwise.</summary>
    public static IReadOnlyList<ServerFault> Resumed { get; } =
    [
        Installs("200", OnlyRest(r => r.SendAllAsync(r.File))),
        Installs("200, without a length", OnlyRest(NoLengthAsync)),
        Installs("416", OnlyRest(BeyondAsync)),
        Installs("another ETag", OnlyRest(r => r.SendAsync(r.File, "\"other\""))),
        Installs("a rest of other bytes", OnlyRest(r => r.SendAsync(s_otherFile))),
        Installs("a rest that can't be decoded", OnlyRest(r => r.SendAsync(Turned(r.File, r.Offset)))),
        Installs("a rest that is too short, and says so", OnlyRest(r => r.SendAsync(r.File[..^1000]))),
        Installs("a rest that is longer than signed", OnlyRest(LongRestAsync)),
        Installs("a rest without an end", OnlyRest(EndlessRestAsync)),
        Installs("a rest that resets once", r => r.Number == 2 ? ResetAfterAsync(r, 100_000) : r.GoodAsync()),
        Installs("a rest that always breaks off", OnlyRest(r => r.CutAsync(Little))),
        Installs("a rest that stalls", OnlyRest(r => StallAfterAsync(r, Little))),
        Installs("a rest that is never answered", OnlyRest(r => r.StallAsync())),
        Installs("404 for the rest", OnlyRest(r => r.HeadAsync("404 Not Found", length: 0))),
        Installs("a rest from another place", OnlyRest(WrongPlaceAsync)),
        Installs("a rest with contradicting lengths", OnlyRest(ContradictingAsync)),
        Installs(
            "a rest that was changed after it was begun",
            r => r.Number == 2 ? ResetAfterAsync(r, 100_000) : OnlyRest(x => x.SendAsync(x.File, "\"other\""))(r)
        ),
        Installs("400 for the rest", OnlyRest(r => r.HeadAsync("400 No", length: 0))),
        Installs("500 for the rest, for ever", OnlyRest(r => r.HeadAsync("500 Oh No", length: 0))),
        Fails("500", Outcome.Network("answers 500"), r => r.HeadAsync("500 Oh No", length: 0)),
        Fails("stalls for ever", Outcome.Network("stalled"), r => StallAfterAsync(r, Little)),
        Fails("404", new("tuf-not-found", 66, "root"), r => r.HeadAsync("404 Not Found", length: 0)),
        Fails("other bytes in the rest and in the whole", Mismatch("sha256"), r => r.SendAsync(s_otherFile)),
        Fails("200, with another image", Mismatch("sha256"), r => r.SendAllAsync(s_otherFile)),
    ];

    private static Outcome TooLarge => Outcome.Verification("tuf-too-large", "is longer than");

    private static Outcome Mismatch(string what) => Outcome.Verification("tuf-mismatch", what);

    private static ServerFault Fails(string name, Outcome outcome, Func<ImageRequest, Task> answer) =>
        new(name, outcome, answer);

    private static ServerFault Installs(string name, Func<ImageRequest, Task> answer) =>
        new(name, Outcome.Installed, answer);

    /// <summary>The first transfer breaks off; the rest of it is answered so.</summary>
    private static Func<ImageRequest, Task> ForRest(Func<ImageRequest, Task> answer) =>
        r => r.IsForRest ? answer(r) : ResetAfterAsync(r, 1_000_000);

    private static Func<ImageRequest, Task> OnlyRest(Func<ImageRequest, Task> answer) =>
        r => r.IsForRest ? answer(r) : r.GoodAsync();

    private static async Task ResetAfterAsync(ImageRequest request, int count)
    {
        await request.CutAsync(count);
        if (count < request.File.Length - request.Offset)
        {
            request.Reset();
        }
    }

    /// <summary>RFC 9110 section 8.8.3 lets it be.</summary>
    private static async Task OddTagAsync(ImageRequest request)
    {
        const string Tag = "\"\u00e9\"";
        if (request.IsForRest)
        {
            await request.SendAsync(request.File, Tag);
            return;
        }

        await request.HeadAsync("200 OK", $"ETag: {Tag}\r\n", request.File.Length);
        await request.BodyAsync(request.File.AsMemory(0, 1_000_000));
        request.Reset();
    }

    private static async Task StallAfterAsync(ImageRequest request, int count)
    {
        await request.CutAsync(count);
        await request.StallAsync();
    }

    private static async Task DripAsync(ImageRequest request)
    {
        await request.CutAsync(0);
        await request.DripAsync("x");
    }

    private static Task AnnounceMoreAsync(ImageRequest request) =>
        request.CutAsync(request.File.Length - request.Offset - 1000);

    private static async Task EndlessAsync(ImageRequest request)
    {
        await request.HeadAsync("200 OK");
        while (true)
        {
            await request.BodyAsync(request.File);
        }
    }

    private static async Task NoLengthAsync(ImageRequest request)
    {
        await request.HeadAsync("200 OK");
        await request.BodyAsync(request.File);
    }

    private static async Task HeadersAsync(ImageRequest request)
    {
        await request.TextAsync("HTTP/1.1 200 OK\r\n");
        while (true)
        {
            await request.TextAsync($"X-More: {new string('x', 1000)}\r\n");
        }
    }

    private static Task RedirectAsync(ImageRequest request, string to) =>
        request.HeadAsync("302 Found", $"Location: {to}\r\n", 0);

    /// <summary>To the address itself with a query, which is answered with another image.</summary>
    private static Task RedirectToOtherAsync(ImageRequest request) =>
        request.Number == 1 ? RedirectAsync(request, "?elsewhere") : request.SendAllAsync(s_otherFile);

    private static async Task UnaskedPartAsync(ImageRequest request)
    {
        await request.HeadAsync(
            "206 Partial Content",
            $"Content-Range: bytes 0-{request.File.Length - 1}/{request.File.Length}\r\n",
            request.File.Length
        );
        await request.BodyAsync(request.File);
    }

    private static Task WrongPlaceAsync(ImageRequest request) =>
        PartAsync(request, request.Offset + 1, request.Offset + 1);

    private static Task ContradictingAsync(ImageRequest request) =>
        PartAsync(request, request.Offset, request.Offset + 1);

    private static async Task PartAsync(ImageRequest request, int said, int from)
    {
        var (file, rest) = (request.File, request.File.AsMemory(from));
        await request.HeadAsync(
            "206 Partial Content",
            $"Content-Range: bytes {said}-{file.Length - 1}/{file.Length}\r\n",
            rest.Length
        );
        await request.BodyAsync(rest);
    }

    private static Task BeyondAsync(ImageRequest request) =>
        request.HeadAsync("416 Range Not Satisfiable", $"Content-Range: bytes */{request.Offset / 2}\r\n", 0);

    private static async Task LongRestAsync(ImageRequest request)
    {
        await RestHeadAsync(request);
        await request.BodyAsync(request.File.AsMemory(request.Offset));
        await request.BodyAsync(request.File);
    }

    private static async Task EndlessRestAsync(ImageRequest request)
    {
        await RestHeadAsync(request);
        while (true)
        {
            await request.BodyAsync(request.File);
        }
    }

    private static Task RestHeadAsync(ImageRequest request) =>
        request.HeadAsync(
            "206 Partial Content",
            $"Content-Range: bytes {request.Offset}-{request.File.Length - 1}/*\r\n"
        );

    private static byte[] Turned(byte[] file, int at)
    {
        var turned = file.ToArray();
        turned[at] ^= 0xFF;
        return turned;
    }
}
