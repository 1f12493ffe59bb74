using System.Management.Automation;
using OpenStackStorage.Binding;

namespace OpenStackStorage.Tests.Binding;

public class NameOrAttributeTests
{
    [Fact]
    public void A_thing_its_name_and_its_id_are_taken()
    {
        Version thing = new(1, 2);
        Assert.Same(thing, Read<Version>(thing).Thing);
        Assert.Equal("a", Read<Version>("a").Text);
        Assert.Equal("5f3c1a00-0000-0000-0000-000000000001", Read<Version>(Guid.Parse("5F3C1A00-0000-0000-0000-000000000001")).Text);
        Assert.Null(NameOrAttribute<Version>.Read(null));
    }

    [Fact]
    public void Nothing_else_is()
    {
        foreach (object other in new object[] { new Uri("http://a"), 1, "", new object[] { "a" } })
            Assert.Throws<ArgumentTransformationMetadataException>(() => NameOrAttribute<Version>.Read(other));
    }

    [Fact]
    public void A_thing_is_looked_at_anew_and_a_name_is_looked_for()
    {
        Assert.Equal(new Version(2, 0), new NameOr<Version>(new Version(1, 0)).Resolve(thing => new Version(thing.Major + 1, 0), Version.Parse));
        Assert.Equal(new Version(3, 4), new NameOr<Version>("3.4").Resolve(thing => thing, Version.Parse));
    }

    private static NameOr<T> Read<T>(object value)
        where T : class => Assert.IsType<NameOr<T>>(NameOrAttribute<T>.Read(value));
}
