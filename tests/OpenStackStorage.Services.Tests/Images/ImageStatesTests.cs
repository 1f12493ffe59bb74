namespace OpenStackStorage.Services.Tests;

public sealed class ImageStatesTests
{
    // Rows are from, columns are to, both in the order of ImageStatus:
    // queued saving uploading importing active deactivated killed pending_delete deleted.
    private static readonly string[] Glance =
    [
        ". x x x x . . . x",
        "x . . . x . x . x",
        "x . . x . . . . x",
        "x . . . x . . . x",
        ". . . . . x . x x",
        ". . . . x . . . x",
        ". . . . . . . . x",
        ". . . . x . . . x",
        ". . . . . . . . .",
    ];

    public static TheoryData<ImageStatus, ImageStatus, bool> Pairs
    {
        get
        {
            TheoryData<ImageStatus, ImageStatus, bool> pairs = [];
            foreach (ImageStatus from in Enum.GetValues<ImageStatus>())
            {
                foreach (ImageStatus to in Enum.GetValues<ImageStatus>())
                    pairs.Add(from, to, Glance[(int)from].Split(' ')[(int)to] == "x");
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Every_pair_of_states_is_legal_or_refused_as_in_Glance(ImageStatus from, ImageStatus to, bool legal)
    {
        Image image = new() { Id = ImageId.New(), Status = from, Owner = "p", Size = 5, VirtualSize = 6, CreatedAt = default, UpdatedAt = default };

        Assert.Equal(legal, ImageStates.Allows(from, to));
        Assert.Equal(legal, ImageStates.TargetsOf(from).Contains(to));
        if (legal)
        {
            Image next = ImageStates.Move(image, to);
            Assert.Equal(to, next.Status);
            Assert.Equal(to == ImageStatus.Queued ? null : 5L, next.Size);
            Assert.Equal(to == ImageStatus.Queued ? null : 6L, next.VirtualSize);
            return;
        }

        ServiceException e = Assert.Throws<ServiceException>(() => ImageStates.Move(image, to));
        Assert.Equal(ErrorIds.ImageConflict, e.Id);
        Assert.Equal(ImageWords.Of(from), e.Found);
        foreach (ImageStatus allowed in Enum.GetValues<ImageStatus>().Where(status => ImageStates.Allows(status, to)))
            Assert.Contains(ImageWords.Of(allowed), e.Expected, StringComparison.Ordinal);
    }
}
