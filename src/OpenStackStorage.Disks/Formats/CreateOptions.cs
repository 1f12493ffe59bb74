namespace OpenStackStorage.Disks;

/// <summary>Reads the named options of a new image; every format refuses what it does not know.</summary>
internal static class CreateOptions
{
    /// <exception cref="StorageException"><see cref="ErrorIds.ParameterInvalid"/>.</exception>
    public static void RequireKnown(ImageCreateOptions options, string format, params ReadOnlySpan<string> known)
    {
        foreach (string name in options.Options.Keys)
        {
            if (!known.Contains(name))
                throw Invalid($"{format} has no option '{name}': it takes {(known.IsEmpty ? "none" : string.Join(", ", known!))}");
        }
    }

    /// <summary>A switch in any of qemu-img's spellings; off when it is not given.</summary>
    public static bool Flag(ImageCreateOptions options, string name) =>
        options.Options.GetValueOrDefault(name)?.ToLowerInvariant() switch
        {
            null or "off" or "false" or "no" => false,
            "on" or "true" or "yes" => true,
            string other => throw Invalid($"{name} is '{other}': on or off was expected"),
        };

    /// <param name="message">What was found and expected, without a full stop.</param>
    public static StorageException Invalid(string message) =>
        new(ErrorIds.ParameterInvalid, $"{char.ToUpperInvariant(message[0])}{message[1..]}.");
}
