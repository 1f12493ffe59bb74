namespace OpenStackStorage.Services.Tests;

public sealed class ImageRulesTests
{
    private static readonly string Smile = "\U0001F600";

    [Fact]
    public void Texts_are_counted_in_characters_and_end_at_255()
    {
        ImageRules.Check(new ImageSpec { Name = "" });
        ImageRules.Check(new ImageSpec { Name = string.Concat(Enumerable.Repeat(Smile, 255)) });
        ImageRules.Check(new ImageSpec { Tags = [new string('t', 255)], Properties = new Dictionary<string, string> { [new string('p', 255)] = "" } });

        Refused(new ImageSpec { Name = string.Concat(Enumerable.Repeat(Smile, 256)) }, ErrorIds.ParameterInvalid, "256 characters");
        Refused(new ImageSpec { Tags = [new string('t', 256)] }, ErrorIds.ParameterInvalid, "256 characters");
        Refused(new ImageSpec { Tags = [""] }, ErrorIds.ParameterInvalid, "0 characters");
        Refused(new ImageSpec { Owner = "" }, ErrorIds.ParameterInvalid, "0 characters");
        Refused(new ImageSpec { Owner = new string('o', 256) }, ErrorIds.ParameterInvalid, "256 characters");
        RefusedProperty(new string('p', 256), "", ErrorIds.ParameterInvalid, "256 characters");
        RefusedProperty("", "v", ErrorIds.ParameterInvalid, "0 characters");
    }

    [Fact]
    public void Text_that_is_no_Unicode_is_refused()
    {
        Refused(new ImageSpec { Name = "a\0b" }, ErrorIds.ParameterInvalid, "NUL");
        Refused(new ImageSpec { Tags = [Smile[..1]] }, ErrorIds.ParameterInvalid, "surrogate");
        RefusedProperty("p", Smile[1..], ErrorIds.ParameterInvalid, "surrogate");
    }

    [Theory]
    [InlineData("status", "Attribute 'status' is read-only.")] // glance-image-create-readonly-status.json
    [InlineData("checksum", "read-only")]
    [InlineData("created_at", "read-only")]
    [InlineData("direct_url", "read-only")]
    [InlineData("file", "read-only")]
    [InlineData("id", "read-only")]
    [InlineData("os_hash_algo", "read-only")]
    [InlineData("os_hash_value", "read-only")]
    [InlineData("schema", "read-only")]
    [InlineData("self", "read-only")]
    [InlineData("size", "read-only")]
    [InlineData("stores", "read-only")]
    [InlineData("updated_at", "read-only")]
    [InlineData("virtual_size", "read-only")]
    [InlineData("deleted", "reserved")]
    [InlineData("deleted_at", "reserved")]
    [InlineData("location", "reserved")]
    [InlineData("locations", "reserved")]
    [InlineData("os_glance_importing_to_stores", "reserved")]
    [InlineData("os_glance", "reserved")]
    public void Attributes_that_are_not_the_callers_are_refused(string name, string message)
    {
        RefusedProperty(name, "x", ErrorIds.NotAuthorized, message);
        Refused(() => ImageRules.Check(new ImageChange { RemoveProperties = [name] }), ErrorIds.NotAuthorized, message);
    }

    [Theory]
    [InlineData("name")]
    [InlineData("tags")]
    [InlineData("disk_format")]
    [InlineData("container_format")]
    [InlineData("visibility")]
    [InlineData("owner")]
    [InlineData("protected")]
    [InlineData("os_hidden")]
    [InlineData("min_ram")]
    [InlineData("min_disk")]
    public void Attributes_are_no_properties(string name) => RefusedProperty(name, "x", ErrorIds.ParameterInvalid, "the name of an attribute");

    [Theory]
    [InlineData("kernel_id")]
    [InlineData("ramdisk_id")]
    public void Kernel_and_ramdisk_are_named_by_ids(string name)
    {
        ImageRules.Check(new ImageSpec { Properties = new Dictionary<string, string> { [name] = "0A1B2C3D-0000-0000-0000-000000000000" } });
        RefusedProperty(name, "vmlinuz", ErrorIds.ParameterInvalid, "an image's id");
    }

    [Fact]
    public void A_value_is_at_most_65535_bytes()
    {
        ImageRules.Check(new ImageSpec { Properties = new Dictionary<string, string> { ["p"] = new('v', 65_535) } });
        RefusedProperty("p", new string('v', 65_534) + "\u00e4", ErrorIds.ParameterInvalid, "65536 bytes");
    }

    [Fact]
    public void Negative_needs_are_refused()
    {
        Refused(new ImageSpec { MinDisk = -1 }, ErrorIds.ParameterInvalid, "min_disk");
        Refused(() => ImageRules.Check(new ImageChange { MinRam = -1 }), ErrorIds.ParameterInvalid, "min_ram");
    }

    [Fact]
    public void A_property_is_not_set_and_removed_at_once() =>
        Refused(() => ImageRules.Check(new ImageChange { SetProperties = new Dictionary<string, string> { ["a"] = "" }, RemoveProperties = ["a"] }),
            ErrorIds.ParameterInvalid, "at once");

    [Fact]
    public void Amazon_formats_need_the_container_of_their_name()
    {
        foreach (ImageDiskFormat disk in Enum.GetValues<ImageDiskFormat>())
        {
            foreach (ImageContainerFormat container in Enum.GetValues<ImageContainerFormat>())
            {
                bool isAmazon = disk is ImageDiskFormat.Ami or ImageDiskFormat.Ari or ImageDiskFormat.Aki
                    || container is ImageContainerFormat.Ami or ImageContainerFormat.Ari or ImageContainerFormat.Aki;
                if (!isAmazon || disk.ToString() == container.ToString())
                    ImageRules.CheckFormats(disk, container);
                else
                    Refused(() => ImageRules.CheckFormats(disk, container), ErrorIds.ParameterInvalid, "same name");
            }
        }

        ImageRules.CheckFormats(ImageDiskFormat.Ami, null);
        ImageRules.CheckFormats(null, ImageContainerFormat.Aki);
    }

    private static void RefusedProperty(string name, string value, ErrorId id, string message) =>
        Refused(new ImageSpec { Properties = new Dictionary<string, string> { [name] = value } }, id, message);

    private static void Refused(ImageSpec spec, ErrorId id, string message) => Refused(() => ImageRules.Check(spec), id, message);

    private static void Refused(Action check, ErrorId id, string message)
    {
        ServiceException e = Assert.Throws<ServiceException>(check);
        Assert.Equal(id, e.Id);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }
}
