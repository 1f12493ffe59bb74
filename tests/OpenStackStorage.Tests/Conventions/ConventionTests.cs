using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Tests.Conventions;

/// <summary>Each rule finds a cmdlet that breaks it, so that the rules can't go silent.</summary>
public class ConventionTests
{
    /// <summary>What all examples here share; not what is tested.</summary>
    private static readonly string[] Expected =
    [
        "has a class in OpenStackStorage.Tests.Conventions", "has a class that is not public and sealed", "has a class named",
    ];

    [Fact]
    public void A_good_cmdlet_has_no_findings()
    {
        Assert.Empty(Findings(typeof(Good)));
    }

    [Theory]
    [InlineData(typeof(BadNames),
        "has a verb that is not approved", "has a noun without one of the prefixes", "has a noun that is not singular and Pascal case")]
    [InlineData(typeof(Taken), "has a name that a module of Windows owns")]
    [InlineData(typeof(TakenNoun), "has a noun without one of the prefixes", "has a name that a module of Windows owns")]
    [InlineData(typeof(BadParameters),
        "-Confirm has a name of the common parameters", "-Twice exists twice", "-Overwrite is to be called -Force",
        "-Silent has no HelpMessage", "-Stores is not singular and Pascal case", "-Flag is a bool; a switch is expected",
        "-Since is a DateTime; a DateTimeOffset is expected", "-ClusterSize is a size that is not an ulong with [ByteSize]",
        "-MaximumSize is a size that is not an ulong with [ByteSize]", "-Password is a secret that is not a SecureString",
        "-Credential is a credential without [Credential]")]
    [InlineData(typeof(BadSets),
        "has several parameter sets and none of them is the default", "has positions that are not unique and below 5 in the set A",
        "takes several parameters from the pipeline by value in the set A", "has no mandatory parameter that is only in the set B")]
    [InlineData(typeof(BadPath), "has a -Path with wildcards or for many files, and no -LiteralPath")]
    [InlineData(typeof(BadLiteralPath),
        "has a -LiteralPath but no -Path that is a string[] with [SupportsWildcards]",
        "has a -LiteralPath that is not a string[] with the alias PSPath and without wildcards",
        "does not bind -LiteralPath by default, so outputs with brackets in their Path would bind as wildcards")]
    [InlineData(typeof(BadReader),
        "does not stand on StorageCmdlet", "only reads, and supports ShouldProcess", "has ConfirmImpact High and destroys nothing", "outputs String")]
    [InlineData(typeof(BadWriter),
        "has -AsJob without RunsAsJob or the other way round", "changes something, and does not support ShouldProcess",
        "does not declare exactly one output type")]
    [InlineData(typeof(BadTest), "outputs a bool and is no Test, or is a Test and outputs none")]
    public void A_cmdlet_that_breaks_rules_is_found(Type cmdlet, params string[] findings)
    {
        Assert.Equal(findings.Order(StringComparer.Ordinal), Findings(cmdlet).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_class_has_the_cmdlets_name_and_is_public_and_sealed()
    {
        IEnumerable<string> findings = CmdletConventions.Check(new CmdletSurface(typeof(Good)));

        Assert.All(Expected, expected => Assert.Contains(findings, finding => finding.Contains(expected, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_parameter_of_two_types_is_found()
    {
        Assert.Equal(
            ["-ClusterSize has several types: UInt64, Int32"],
            CmdletConventions.CheckTypes([new CmdletSurface(typeof(Good)), new CmdletSurface(typeof(BadParameters))]));
    }

    private static IEnumerable<string> Findings(Type type)
    {
        CmdletSurface cmdlet = new(type);
        return CmdletConventions.Check(cmdlet).Select(finding => finding[(cmdlet.Name.Length + 1)..])
            .Where(finding => !Expected.Any(expected => finding.StartsWith(expected, StringComparison.Ordinal)));
    }

    internal abstract class Base : StorageCmdlet
    {
        protected override void Process()
        {
        }
    }

    [Cmdlet(VerbsData.Convert, "DiskImage", DefaultParameterSetName = DefaultSet, SupportsShouldProcess = true)]
    [OutputType(typeof(Version))]
    internal sealed class Good : DiskImageCmdlet
    {
        [Parameter(HelpMessage = "Bytes of a cluster.")]
        [ByteSize]
        public ulong? ClusterSize { get; set; }

        [Parameter(HelpMessage = "In the background.")]
        public SwitchParameter AsJob { get; set; }

        protected override bool RunsAsJob => AsJob;

        protected override void ProcessImage(string path)
        {
        }
    }

    [Cmdlet("Frobnicate", "Images", SupportsShouldProcess = true)]
    [OutputType(typeof(Version))]
    internal sealed class BadNames : Base;

    [Cmdlet(VerbsData.Mount, "DiskImage", SupportsShouldProcess = true)]
    [OutputType(typeof(Version))]
    internal sealed class Taken : Base;

    [Cmdlet(VerbsData.Merge, "VHD", SupportsShouldProcess = true)]
    [OutputType(typeof(Version))]
    internal sealed class TakenNoun : Base;

    [Cmdlet(VerbsCommon.Get, "GlanceThing")]
    [OutputType(typeof(Version))]
    internal sealed class BadParameters : Base
    {
        [Parameter(HelpMessage = "x")]
        public SwitchParameter Confirm { get; set; }

        [Parameter(HelpMessage = "x")]
        [Alias("Twice")]
        public string? Once { get; set; }

        [Parameter(HelpMessage = "x")]
        public string? Twice { get; set; }

        [Parameter(HelpMessage = "x")]
        public SwitchParameter Overwrite { get; set; }

        [Parameter]
        public string? Silent { get; set; }

        [Parameter(HelpMessage = "x")]
        public string[]? Stores { get; set; }

        [Parameter(HelpMessage = "x")]
        public bool Flag { get; set; }

        [Parameter(HelpMessage = "x")]
        public DateTime? Since { get; set; }

        [Parameter(HelpMessage = "x")]
        [ByteSize]
        public int ClusterSize { get; set; }

        [Parameter(HelpMessage = "x")]
        public ulong MaximumSize { get; set; }

        [Parameter(HelpMessage = "x")]
        public string? Password { get; set; }

        [Parameter(HelpMessage = "x")]
        public PSCredential? Credential { get; set; }
    }

    [Cmdlet(VerbsCommon.Get, "GlanceThing")]
    [OutputType(typeof(Version))]
    internal sealed class BadSets : Base
    {
        [Parameter(ParameterSetName = "A", Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "x")]
        public string? First { get; set; }

        [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "x")]
        [Parameter(ParameterSetName = "B", HelpMessage = "x")]
        public string? Second { get; set; }
    }

    [Cmdlet(VerbsCommon.Get, "DiskImageThing")]
    [OutputType(typeof(Version))]
    internal sealed class BadPath : Base
    {
        [Parameter(HelpMessage = "x")]
        public string[]? Path { get; set; }
    }

    [Cmdlet(VerbsCommon.Get, "DiskImageThing", DefaultParameterSetName = "Path")]
    [OutputType(typeof(Version))]
    internal sealed class BadLiteralPath : Base
    {
        [Parameter(ParameterSetName = "Path", Mandatory = true, HelpMessage = "x")]
        public string? Path { get; set; }

        [Parameter(ParameterSetName = "LiteralPath", Mandatory = true, HelpMessage = "x")]
        public string? LiteralPath { get; set; }
    }

    [Cmdlet(VerbsCommon.Get, "SwiftThing", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
    [OutputType(typeof(string))]
    internal sealed class BadReader : PSCmdlet;

    [Cmdlet(VerbsCommon.New, "CinderThing")]
    internal sealed class BadWriter : Base
    {
        [Parameter(HelpMessage = "x")]
        public SwitchParameter AsJob { get; set; }
    }

    [Cmdlet(VerbsDiagnostic.Test, "CinderThing")]
    [OutputType(typeof(Version))]
    internal sealed class BadTest : Base;
}
