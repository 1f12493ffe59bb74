namespace OpenStackStorage.Disks;

/// <summary>
/// Inspects untrusted images by their headers: which formats match, what makes them unsafe. Opens nothing else.
/// Equal in meaning to OpenStack's oslo.utils, <c>imageutils/format_inspector.py</c>; <c>docs/formats/inspection.md</c> lists where it goes further.
/// </summary>
public static class ImageInspector
{
    private static readonly FormatInspector[] Inspectors =
    [
        new Qcow2Inspector(), new QedInspector(), new VhdInspector(), new VhdxInspector(), new VmdkInspector(), new VdiInspector(),
        new IsoInspector(), new GptInspector(), new LuksInspector(),
        new DmgInspector(), new ParallelsInspector(), new BochsInspector(), new CloopInspector(),
    ];

    /// <summary>Reads a few KiB; at most 1 MiB more where a VMDK descriptor is that long. Malformed content is a finding, never an exception.</summary>
    /// <exception cref="StorageException">Only when the device can't be read.</exception>
    public static InspectionResult Inspect(BlockDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        InspectionSource source = new(device);
        List<FormatInspector> matches = [];
        foreach (FormatInspector inspector in Inspectors)
        {
            if (inspector.Matches(source))
                matches.Add(inspector);
        }

        if (matches.Count == 0)
            return new InspectionResult([], [], source.Length) { Format = "raw", IsAmbiguous = false };

        List<SafetyFinding> findings = [];
        foreach (FormatInspector inspector in matches)
            findings.AddRange(inspector.Inspect(source));

        string[] names = [.. matches.Select(match => match.Name)];
        FormatInspector? owner = matches.Find(one => matches.TrueForAll(other => other == one || one.MayCarry(other, source)));
        return new InspectionResult(names, findings, owner?.VirtualSize(source))
        {
            Format = owner?.Name ?? string.Join('+', names),
            IsAmbiguous = owner is null,
        };
    }
}
