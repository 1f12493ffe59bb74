namespace OpenStackStorage.Help.Tests;

public class SurfaceTests
{
    [Fact]
    public void Syntax_lines_read_as_PowerShell_prints_them()
    {
        Assert.Equal(["Path", "LiteralPath"], Sample.Convert.Sets.Order(StringComparer.Ordinal).Reverse());
        Assert.Equal(
            "Convert-SampleImage [-Path] <string[]> [[-DestinationPath] <string>] -Format <SampleFormat> [-ClusterSize <ulong>] [-CompressionType <string>] [-Force] [-WhatIf] [-Confirm] [<CommonParameters>]",
            PageWriter.SyntaxLine(Sample.Convert, "Path"));
        Assert.Equal(
            "Convert-SampleImage [[-DestinationPath] <string>] -Format <SampleFormat> -LiteralPath <string[]> [-ClusterSize <ulong>] [-CompressionType <string>] [-Force] [-WhatIf] [-Confirm] [<CommonParameters>]",
            PageWriter.SyntaxLine(Sample.Convert, "LiteralPath"));
        Assert.Equal("Get-SampleStore [-Name <string>] [<CommonParameters>]", PageWriter.SyntaxLine(Sample.Store, ParameterSurface.AllSets));
    }

    [Fact]
    public void The_default_set_comes_first() => Assert.Equal("Path", Sample.Convert.Sets[0]);

    [Fact]
    public void Attribute_values_are_read_without_running_the_attributes()
    {
        ParameterSurface cluster = Assert.Single(Sample.Convert.Parameters, parameter => parameter.Name == "ClusterSize");
        Assert.Equal("System.Nullable`1[System.UInt64]", cluster.TypeName);
        Assert.Equal(["BlockSizeBytes"], cluster.Aliases);
        Assert.Equal("Bytes of a cluster.", cluster.HelpMessage);
        Assert.Equal(["Raw", "Qcow2"], Sample.Convert.Parameters.First(parameter => parameter.Name == "Format").AcceptedValues);
        Assert.Equal(["zlib", "zstd"], Sample.Convert.Parameters.First(parameter => parameter.Name == "CompressionType").AcceptedValues);
        ParameterSurface path = Sample.Convert.Parameters.First(parameter => parameter.Name == "Path");
        Assert.True(path.SupportsWildcards);
        Assert.Equal([new SetSurface("Path", 0, true, true, true, false)], path.Sets);
        Assert.Equal(["csi"], Sample.Convert.Aliases);
        Assert.Equal(["System.IO.FileInfo"], Sample.Convert.OutputTypes);
    }
}
