namespace OpenStackStorage.Rings;

/// <summary>A number of a file, and whether Python holds it as <c>int</c>: 100 and 100.0 are written apart.</summary>
/// <param name="Value">The value; an integer of a ring is far below 2^53.</param>
/// <param name="IsInteger">It has no point in the file.</param>
internal readonly record struct FileNumber(double Value, bool IsInteger = false)
{
    public object ToPython() => IsInteger ? (object)(long)Value : Value;
}
