namespace OpenStackStorage.Rings;

/// <summary>Failures that several places report.</summary>
internal static class RingErrors
{
    /// <summary>The devices can't hold the replicas as the rules ask.</summary>
    public static RingException Unsolvable(FormattableString message) => new(ErrorIds.RingUnsolvable, Text(message));

    public static RingException DeviceNotFound(RingDeviceId id) =>
        new(ErrorIds.RingDeviceNotFound, Text($"The ring has no device {id.Value}.")) { Target = id.ToString() };

    public static RingException Invalid(string what, FormattableString found, string expected) =>
        new(ErrorIds.RingParameterInvalid, Text($"{what} is {Text(found)}: expected {expected}."))
        {
            Target = what,
            Found = Text(found),
            Expected = expected,
        };

    public static RingException Corrupt(FormattableString message) => new(ErrorIds.RingInconsistent, Text(message));

    public static string Text(FormattableString text) => FormattableString.Invariant(text);
}
