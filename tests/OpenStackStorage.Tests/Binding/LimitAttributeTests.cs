using System.Management.Automation;
using OpenStackStorage.Binding;

namespace OpenStackStorage.Tests.Binding;

public class LimitAttributeTests
{
    public static TheoryData<object, long> Limits => new()
    {
        { -1, -1 },
        { "-1", -1 },
        { "Unlimited", -1 },
        { 0, 0 },
        { 128, 128 },
        { "10 GiB", 10L << 30 },
        { long.MaxValue, long.MaxValue },
    };

    public static TheoryData<object> NoLimits => [-2, "-5GB", 1.5, "none", "", ulong.MaxValue, 9223372036854775808.0];

    [Theory]
    [MemberData(nameof(Limits))]
    public void A_limit_is_read(object given, long limit) => Assert.Equal(limit, new LimitAttribute().Transform(null!, given));

    [Theory]
    [MemberData(nameof(NoLimits))]
    public void What_is_no_limit_is_refused_with_what_was_expected(object given)
    {
        Assert.Throws<ArgumentTransformationMetadataException>(() => new LimitAttribute().Transform(null!, given));
        StorageException e = Assert.Throws<StorageException>(() => LimitAttribute.Read(given));
        Assert.Equal(ErrorIds.SizeInvalid, e.Id);
        Assert.Contains("-1 for none", e.Message, StringComparison.Ordinal);
    }
}
