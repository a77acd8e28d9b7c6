using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace MachineTests.Harness;

/// <summary>What a command in the machine answered.</summary>
internal sealed record Answer(int Code, string Text);

/// <summary>
/// A machine under QEMU's software emulation, seen and typed at through its serial console. What it says is looked at once, in order: each wait begins
/// behind what the last one found.
/// </summary>
internal sealed partial class Machine : IAsyncDisposable
{
    /// <summary>Nothing here takes as long, on a slow machine with another one beside it.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(4);

    private readonly Process _process;
    private readonly Task _reading;
    private readonly StringBuilder _said = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _seen;
    private bool _off;

    private Machine(params IEnumerable<string>[] options)
    {
        var info = new ProcessStartInfo(
            Programs.Machine("qemu-system-x86_64"),
            [
                .. "-M q35 -accel tcg -cpu max -smp 1 -m 768 -nodefaults -no-user-config -display none -serial stdio".Split(
                    ' '
                ),
                "-device",
                "virtio-blk-pci,drive=disk",
                "-netdev",
                "user,id=net",
                "-device",
                "virtio-net-pci,netdev=net",
                .. options.SelectMany(o => o),
            ]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        _process = Process.Start(info)!;
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput), ReadAsync(_process.StandardError));
    }

    /// <summary>Everything it said since it was switched on.</summary>
    public string Log
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <param name="disk">Changed by what the machine does.</param>
    /// <param name="options">More for QEMU.</param>
    public static Machine SwitchOn(Workshop workshop, string disk, params string[] options) =>
        new(FirstStage(workshop), Drive(disk), options);

    /// <summary>As <see cref="SwitchOn"/>, from the moment on at which a machine was put to sleep.</summary>
    /// <param name="disk">A copy of what its disk was then.</param>
    /// <param name="options">More for QEMU.</param>
    public static async Task<Machine> WakeUpAsync(
        Workshop workshop,
        string disk,
        Moment moment,
        params string[] options
    )
    {
        var machine = new Machine(
            FirstStage(workshop),
            Drive(disk),
            ["-incoming", $"exec:cat {moment.Sleep}"],
            options
        );
        // What is typed before it is awake is lost.
        for (var prompt = machine.SaysAsync("/ # "); !prompt.IsCompleted; )
        {
            machine.Type("");
            await Task.WhenAny(prompt, Task.Delay(TimeSpan.FromMilliseconds(500)));
        }

        return machine;
    }

    /// <summary>Its memory and devices go into a file, and it is off.</summary>
    public async Task SleepAsync(string sleep)
    {
        var monitor = Monitor(sleep);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(monitor));
        // Each command begins when the one before has come to its end.
        await socket.SendAsync(Encoding.ASCII.GetBytes($"migrate \"exec:cat >{sleep}\"\nquit\n"));
        await IsOffAsync();
    }

    /// <summary>For a machine that is going to <see cref="SleepAsync"/>.</summary>
    public static string[] CanSleep(string sleep) => ["-monitor", $"unix:{Monitor(sleep)},server=on,wait=off"];

    private static string Monitor(string sleep) => sleep + ".monitor";

    /// <summary>As a machine does: UEFI firmware finds the first stage on the disk.</summary>
    /// <param name="variables">The firmware's memory, a copy of Debian's OVMF_VARS_4M.fd.</param>
    public static Machine SwitchOnByFirmware(string disk, string variables) =>
        new(
            [
                "-drive",
                "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
                "-drive",
                $"if=pflash,format=raw,file={variables}",
            ],
            Drive(disk)
        );

    /// <summary>As <see cref="SwitchOn"/>; every write and flush of the disk goes into a <see cref="WriteLog"/> too.</summary>
    public static Machine SwitchOnLogged(Workshop workshop, string disk, string log) =>
        new(
            FirstStage(workshop),
            [
                "-blockdev",
                $"driver=file,filename={disk},node-name=below",
                "-blockdev",
                $"driver=file,filename={log},node-name=log",
                "-blockdev",
                "driver=blklogwrites,node-name=disk,file=below,log=log",
            ]
        );

    private static string[] FirstStage(Workshop workshop) =>
        ["-kernel", workshop.Kernel, "-initrd", workshop.FirstStage, "-append", "console=ttyS0 quiet panic=1"];

    private static string[] Drive(string disk) => ["-drive", $"file={disk},if=none,id=disk,format=raw"];

    /// <summary>The next thing that it says like this.</summary>
    public async Task<Match> SaysAsync(string pattern)
    {
        using var deadline = new CancellationTokenSource(s_longest);
        while (true)
        {
            Task more;
            lock (_said)
            {
                var text = _said.ToString(_seen, _said.Length - _seen);
                var match = Regex.Match(
                    text,
                    pattern,
                    RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
                    TimeSpan.FromSeconds(10)
                );
                if (match.Success)
                {
                    _seen += match.Index + match.Length;
                    return match;
                }

                Assert.False(_off, $"the machine is off, and never said \"{pattern}\":\n{_said}");
                more = _more.Task;
            }

            try
            {
                await more.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"the machine did not say \"{pattern}\" within {s_longest}:\n{Log}");
            }
        }
    }

    /// <summary>Waits for the verdict of a boot of this version, and for the prompt behind it.</summary>
    /// <returns>The exit code of `updatectl confirm`.</returns>
    public async Task<int> BootsAsync(string version)
    {
        await SaysAsync($"demo: {Regex.Escape(version)} is up");
        return await ReachesPromptAsync();
    }

    /// <summary>Waits for the verdict of whatever boots, and for the prompt behind it.</summary>
    /// <returns>The exit code of `updatectl confirm`.</returns>
    public async Task<int> ReachesPromptAsync()
    {
        var gate = await SaysAsync(@"demo: the gate ended with (?<code>\d+)");
        var code = int.Parse(gate.Groups["code"].Value, CultureInfo.InvariantCulture);
        if (code == 0)
        {
            await SaysAsync("/ # ");
            Type("stty -echo");
            await SaysAsync("/ # ");
        }

        return code;
    }

    /// <summary>Types a command at the prompt.</summary>
    public async Task<Answer> RunAsync(string command)
    {
        int start;
        lock (_said)
        {
            start = _seen;
        }

        // In a pipe, so that nothing draws a progress bar.
        Type($"{{ {command}; echo \"[end $?]\"; }} 2>&1 | cat");
        var end = await SaysAsync(@"\[end (?<code>\d+)\]");
        lock (_said)
        {
            var text = _said.ToString(start, _seen - end.Length - start).Replace("\r", "", StringComparison.Ordinal);
            return new Answer(int.Parse(end.Groups["code"].Value, CultureInfo.InvariantCulture), text);
        }
    }

    public async Task<string> MustAsync(string command)
    {
        var answer = await RunAsync(command);
        Assert.True(answer.Code == 0, $"`{command}` ended with {answer.Code}:\n{Log}");
        return answer.Text;
    }

    /// <summary>Types a line and waits for nothing.</summary>
    public void Type(string line)
    {
        _process.StandardInput.Write(line + "\n");
        _process.StandardInput.Flush();
    }

    /// <summary>Pulls the plug: nothing in the machine gets to know.</summary>
    public async Task PullThePlugAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        await _reading;
    }

    /// <summary>It has switched itself off.</summary>
    public async Task IsOffAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(s_longest);
        await _reading;
    }

    public async ValueTask DisposeAsync()
    {
        await PullThePlugAsync();
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader)
    {
        var chunk = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(chunk)) > 0)
        {
            Tell(() => _said.Append(chunk, 0, count));
        }

        Tell(() => _off = true);
    }

    private void Tell(Action change)
    {
        TaskCompletionSource waiting;
        lock (_said)
        {
            change();
            (waiting, _more) = (_more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        waiting.SetResult();
    }
}
