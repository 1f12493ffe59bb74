namespace OpenStackStorage.Help.Tests;

public class HelpProjectTests
{
    [Fact]
    public void The_committed_help_is_complete_and_current()
    {
        IReadOnlyList<string> problems = HelpProject.Open(AppContext.BaseDirectory).Check();
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Fact]
    public void Building_makes_help_current_and_a_later_edit_makes_it_stale()
    {
        using TemporaryFolder folder = new();
        HelpProject help = new(folder.Path, [Sample.Convert]);
        string page = folder.Add("docs/en-US/Convert-SampleImage.md", Sample.FinishedPage(Sample.Convert));
        help.Update();
        Assert.Equal(["en-US/OpenStackStorage.dll-Help.xml: stale; run './build.sh docs'."], help.Check());
        help.Build();
        Assert.Empty(help.Check());
        Assert.Empty(help.Build());

        File.WriteAllText(page, File.ReadAllText(page).Replace("Then that.", "Then this.", StringComparison.Ordinal));
        Assert.Equal(["en-US/OpenStackStorage.dll-Help.xml: stale; run './build.sh docs'."], help.Check());

        help.Build();
        folder.Add("en-US/about_Gone.help.txt", "x");
        Assert.Equal(["en-US/about_Gone.help.txt: nothing in docs/en-US makes it."], help.Check());
    }

    [Fact]
    public void Missing_and_superfluous_pages_are_named()
    {
        using TemporaryFolder folder = new();
        HelpProject help = new(folder.Path, [Sample.Store]);
        folder.Add("docs/en-US/Convert-SampleImage.md", Sample.FinishedPage(Sample.Convert));
        Assert.Equal(
            ["Get-SampleStore: no page; run 'new Get-SampleStore'.", "docs/en-US/Convert-SampleImage.md: the module has no such cmdlet."],
            help.Check());
        Assert.True(File.Exists(help.Scaffold("get-samplestore")));
        Assert.Throws<InvalidOperationException>(() => help.Scaffold("Get-SampleStore"));
    }

    [Fact]
    public void Updating_keeps_what_people_wrote()
    {
        using TemporaryFolder folder = new();
        string page = folder.Add("docs/en-US/Convert-SampleImage.md", Sample.FinishedPage(Sample.Convert).Replace("[-Force]", "", StringComparison.Ordinal));
        new HelpProject(folder.Path, [Sample.Convert]).Update();
        Assert.Equal(Sample.FinishedPage(Sample.Convert), File.ReadAllText(page));
    }
}
