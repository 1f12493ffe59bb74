using System.Management.Automation;
using System.Numerics;
using OpenStackStorage.Binding;

namespace OpenStackStorage.Tests.Binding;

public class ByteSizeAttributeTests
{
    public static TheoryData<object, ulong> Sizes => new()
    {
        { 0, 0 },
        { 10737418240L, 10UL << 30 },
        { "10GB", 10UL << 30 },
        { "10GiB", 10UL << 30 },
        { "10g", 10UL << 30 },
        { " 512 ", 512 },
        { 1610612736.0, 3UL << 29 },
        { 4096m, 4096 },
        { (byte)255, 255 },
        { ulong.MaxValue, ulong.MaxValue },
        { BigInteger.Pow(2, 64) - 1, ulong.MaxValue },
    };

    public static TheoryData<object> NoSizes =>
        [-1, -1L, -0.5, 1.5, 0.1m, double.NaN, double.PositiveInfinity, 18446744073709551616.0, BigInteger.Pow(2, 64), "", "10X", "-5", "1,5G", true, DateTime.UnixEpoch];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_size_is_read(object given, ulong bytes)
    {
        Assert.Equal(bytes, new ByteSizeAttribute().Transform(null!, given));
    }

    [Theory]
    [MemberData(nameof(NoSizes))]
    public void Anything_else_is_refused_in_words(object given)
    {
        StorageException error = Assert.Throws<StorageException>(() => ByteSizeAttribute.Read(given));

        Assert.Equal(ErrorIds.SizeInvalid, error.Id);
        Assert.Contains("is not a size: expected", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentTransformationMetadataException>(() => new ByteSizeAttribute().Transform(null!, given));
    }

    [Fact]
    public void Nothing_stays_nothing()
    {
        Assert.Null(new ByteSizeAttribute().Transform(null!, null));
    }
}
