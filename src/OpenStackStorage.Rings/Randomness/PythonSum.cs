namespace OpenStackStorage.Rings;

/// <summary>
/// How Python's <c>sum</c> adds floats. It changed with Python 3.12; targets of devices then differ in their last bits, and in
/// about one ring of fifty some partitions lie elsewhere.
/// </summary>
public enum PythonSum
{
    /// <summary>From Python 3.12: with compensation of rounding errors.</summary>
    Compensated,

    /// <summary>Up to Python 3.11: one addition after another.</summary>
    Plain,
}

/// <summary>Python's <c>sum</c> of floats and ints, step by step. Source: CPython, Python/bltinmodule.c, builtin_sum_impl.</summary>
internal struct PythonSummation(PythonSum mode)
{
    private double _sum;
    private double _compensation;
    private bool _isFloat;

    /// <summary>Adds a float. The first one is added to the ints before it without compensation.</summary>
    public void Add(double value)
    {
        if (mode == PythonSum.Plain || !_isFloat)
        {
            _isFloat = true;
            _sum += value;
            return;
        }

        // Neumaier's variant of Kahan's summation.
        double next = _sum + value;
        _compensation += Math.Abs(_sum) >= Math.Abs(value) ? _sum - next + value : value - next + _sum;
        _sum = next;
    }

    /// <summary>Adds an int: never compensated, even among floats.</summary>
    public void AddInteger(double value) => _sum += value;

    public readonly double Result =>
        _compensation != 0 && double.IsFinite(_compensation) ? _sum + _compensation : _sum;
}
