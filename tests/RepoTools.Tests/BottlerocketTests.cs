using System.Text.Json.Nodes;
using RepoTools.Tests.Simulators;
using UpdateEngine.Images;
using UpdateEngine.Releases;
using Xunit;

namespace RepoTools.Tests;

/// <summary>Bottlerocket's manifest is read and written as it is, and its hosts can read what these tools make.</summary>
public sealed class BottlerocketTests
{
    /// <summary>Written by hand with the traits of theirs: lz4 images, waves whose last is not closed, steps with and without migrations, an old field.</summary>
    private const string Theirs = """
        {
          "updates": [
            {
              "variant": "aws-k8s-1.30",
              "arch": "x86_64",
              "version": "1.20.0",
              "max_version": "1.20.1",
              "waves": {
                "0": "2026-06-01T18:00:00Z",
                "20": "2026-06-01T21:00:00Z",
                "102": "2026-06-02T18:00:00.1234567Z",
                "1024": "2026-06-04T18:00:00Z"
              },
              "images": {
                "boot": "bottlerocket-aws-k8s-1.30-x86_64-1.20.0-fcf71a47-boot.ext4.lz4",
                "root": "bottlerocket-aws-k8s-1.30-x86_64-1.20.0-fcf71a47-root.ext4.lz4",
                "hash": "bottlerocket-aws-k8s-1.30-x86_64-1.20.0-fcf71a47-root.verity.lz4"
              },
              "status": "Ready"
            },
            {
              "variant": "aws-k8s-1.30",
              "arch": "x86_64",
              "version": "1.20.1",
              "max_version": "1.20.1",
              "waves": {},
              "images": {
                "boot": "bottlerocket-aws-k8s-1.30-x86_64-1.20.1-7c3e9198-boot.ext4.lz4",
                "root": "bottlerocket-aws-k8s-1.30-x86_64-1.20.1-7c3e9198-root.ext4.lz4",
                "hash": "bottlerocket-aws-k8s-1.30-x86_64-1.20.1-7c3e9198-root.verity.lz4"
              }
            }
          ],
          "migrations": {
            "(1.19.0, 1.20.0)": [
              "migrate_v1.20.0_public-control-container-v0-7-12.lz4",
              "migrate_v1.20.0_kubelet-setting.lz4"
            ],
            "(1.20.0, 1.20.1)": []
          },
          "schema": { "generation": 3 }
        }
        """;

    private static JsonNode Json(ReadOnlySpan<byte> bytes) => JsonNode.Parse(bytes)!;

    [Fact]
    public void A_manifest_is_written_as_it_was_read()
    {
        var bytes = Manifest.Parse(System.Text.Encoding.UTF8.GetBytes(Theirs)).ToBytes();

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Theirs), Json(bytes)));
    }

    [Fact]
    public async Task A_change_to_one_release_leaves_the_rest_of_their_manifest_alone()
    {
        using var repository = await TestRepository.CreateAsync();
        Directory.CreateDirectory(repository.Workspace.Draft);
        File.WriteAllText(repository.Workspace.DraftManifest, Theirs);

        await repository.MustAsync(["waves", "shift", repository.Path, "--version", "1.20.0", "--by", "3h"]);

        var expected = JsonNode.Parse(Theirs)!;
        var waves = expected["updates"]![0]!["waves"]!;
        waves["0"] = "2026-06-01T21:00:00Z";
        waves["20"] = "2026-06-02T00:00:00Z";
        waves["102"] = "2026-06-02T21:00:00.1234567Z";
        waves["1024"] = "2026-06-04T21:00:00Z";
        Assert.True(JsonNode.DeepEquals(expected, Json(File.ReadAllBytes(repository.Workspace.DraftManifest))));
        await repository.MustAsync(["migration", "list", repository.Path]);
        await repository.MustAsync(["waves", "preview", repository.Path]);
    }

    [Fact]
    public async Task What_is_added_for_their_hosts_names_every_field_that_they_demand()
    {
        using var repository = await TestRepository.CreateAsync();

        await repository.AddAsync("1.2.0", "--compress", "lz4", "--hash", repository.Image("hash.img", 900, 5));

        var release = Json(File.ReadAllBytes(repository.Workspace.DraftManifest))["updates"]![0]!.AsObject();
        string[] demanded = ["variant", "arch", "version", "max_version", "waves", "images"];
        Assert.Equal(demanded, release.Select(f => f.Key).Take(demanded.Length));
        Assert.Equal(["boot", "hash", "root"], release["images"]!.AsObject().Select(f => f.Key));
        Assert.Equal("demo-x86_64-1.2.0-root.img.lz4", (string)release["images"]!["root"]!);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(70_000, 9)]
    [InlineData(9 * 1024 * 1024 + 7, 1)]
    [InlineData(9 * 1024 * 1024, 12)]
    public async Task An_lz4_image_is_one_frame_that_the_lz4_program_and_our_hosts_decode(int length, int level)
    {
        using var repository = await TestRepository.CreateAsync();
        var image = repository.Image("big.img", length, length);
        var added = await repository.MustAsync(
            ["release", "add", repository.Path, "--version", "1.2.0", "--variant", "demo", "--arch", "x86_64"],
            ["--boot", image, "--root", image, "--compress", "lz4", "--level", $"{level}", "--json"]
        );
        var file = repository.Workspace.DraftFile("demo-x86_64-1.2.0-root.img.lz4");

        var witness = await Tool.WitnessAsync("lz4", "-q", "-d", file, repository.Of("decoded"));
        Assert.True(witness.Code == 0, witness.Error);
        Assert.Equal(File.ReadAllBytes(image), File.ReadAllBytes(repository.Of("decoded")));
        await using var decoding = await DecodingStream.OpenAsync(File.OpenRead(file), default);
        using var decoded = new MemoryStream();
        await decoding.CopyToAsync(decoded, TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(image), decoded.ToArray());
        var list = await Tool.WitnessAsync("lz4", "--list", file);
        // lz4_Frame_format.md, "FLG byte": content size and content checksum.
        Assert.Equal(0b1100, File.ReadAllBytes(file)[4] & 0b1100);
        Assert.Matches(@"\n\s+1\s", list.Out);
        Assert.Equal(length, added.Json.GetProperty("images").GetProperty("root").GetProperty("raw_length").GetInt64());
    }

    [Theory]
    [InlineData("lz4", "13")]
    [InlineData("zstd", "20")]
    [InlineData("zstd", "0")]
    [InlineData("xz", "1")]
    public async Task A_compression_or_level_that_does_not_exist_is_refused(string compress, string level)
    {
        using var repository = await TestRepository.CreateAsync();
        var image = repository.Image("i.img", 10, 1);

        var result = await repository.RunAsync([
            .. (string[])
                ["release", "add", repository.Path, "--version", "1.2.0", "--variant", "demo", "--arch", "x86_64"],
            .. (string[])["--boot", image, "--root", image, "--compress", compress, "--level", level],
        ]);

        Assert.Equal(64, result.Code);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }
}
