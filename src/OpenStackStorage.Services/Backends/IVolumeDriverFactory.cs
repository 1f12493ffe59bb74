namespace OpenStackStorage.Services;

/// <summary>Makes drivers of one kind.</summary>
public interface IVolumeDriverFactory
{
    /// <summary>What <see cref="Backend.Driver"/> names.</summary>
    string Name { get; }

    /// <summary>The options that say where the data lies, and can't change.</summary>
    IReadOnlyList<string> FixedOptions => ["path"];

    /// <summary>Checks a backend's options, and completes them with defaults. Touches nothing.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.ParameterInvalid"/>, naming the option, what was found and expected.</exception>
    IReadOnlyDictionary<string, string> Validate(Backend backend);

    /// <summary>Makes the driver. Touches nothing yet.</summary>
    IVolumeDriver Open(Backend backend);

    /// <summary>Prepares a place for a new backend and marks it with the backend's name, so that it is never taken for another's.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorIds.BackendUnavailable"/>, <see cref="ErrorIds.BackendConflict"/>: it is another's.</exception>
    void Initialize(Backend backend, Guid store);

    /// <summary>Removes the mark and what the driver made for itself. Says what is left, and leaves it.</summary>
    IReadOnlyList<string> Release(Backend backend, Guid store);
}
