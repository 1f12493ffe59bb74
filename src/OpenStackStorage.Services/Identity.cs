namespace OpenStackStorage.Services;

/// <summary>Who asks: what Keystone's token says to a service.</summary>
/// <param name="User">The user's id or name.</param>
/// <param name="Project">The project that owns what this user makes.</param>
/// <param name="Roles">Role names; they are compared without regard to case, as oslo.policy does.</param>
public sealed record Identity(string User, string Project, IReadOnlyList<string> Roles)
{
    /// <summary>True with the role <c>admin</c>, which sees and changes the images of all projects.</summary>
    public bool IsAdmin => Roles.Contains("admin", StringComparer.OrdinalIgnoreCase);
}
