using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenStackStorage.Rings.Tests;

/// <summary>One Python process over the installed Swift: Data/ring-differential.py says which commands it takes.</summary>
internal sealed class SwiftProcess : IDisposable
{
    /// <summary>The system's Python: distributions install Swift for it.</summary>
    public const string Python = "/usr/bin/python3";

    private readonly Process _process;

    public SwiftProcess()
    {
        ProcessStartInfo start = new(Python, [Path.Combine(AppContext.BaseDirectory, "Data", "ring-differential.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            // Sets are sorted before use; any order of them must give the same ring.
            Environment = { ["PYTHONHASHSEED"] = "random" },
        };
        _process = Process.Start(start)!;
        Sum = Call("version")![1]!.GetValue<int>() >= 12 ? PythonSum.Compensated : PythonSum.Plain;
    }

    /// <summary>How this Python sums floats.</summary>
    public PythonSum Sum { get; }

    public JsonNode? Call(params object?[] command)
    {
        _process.StandardInput.WriteLine(JsonSerializer.Serialize(command));
        _process.StandardInput.Flush();
        string line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The Python process ended.");
        return JsonNode.Parse(line);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
