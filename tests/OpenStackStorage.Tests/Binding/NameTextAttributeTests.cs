using System.Management.Automation;
using OpenStackStorage.Binding;

namespace OpenStackStorage.Tests.Binding;

public class NameTextAttributeTests
{
    [Fact]
    public void Text_and_ids_are_names()
    {
        Guid id = Guid.Parse("5F3C1A00-0000-0000-0000-000000000001");
        Assert.Equal("a", NameTextAttribute.Read("a"));
        Assert.Null(NameTextAttribute.Read(null));
        Assert.Equal("5f3c1a00-0000-0000-0000-000000000001", NameTextAttribute.Read(id));
        Assert.Equal(new object[] { "a", "5f3c1a00-0000-0000-0000-000000000001" }, NameTextAttribute.Read(new object[] { "a", id }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(true)]
    public void Nothing_else_is(object value)
    {
        Assert.Throws<ArgumentTransformationMetadataException>(() => NameTextAttribute.Read(value));
        Assert.Throws<ArgumentTransformationMetadataException>(() => NameTextAttribute.Read(new[] { value }));
    }
}
