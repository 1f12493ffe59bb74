using OpenStackStorage.Hosting;

namespace OpenStackStorage.Tests.Hosting;

public class ProgressSamplerTests
{
    private const long MiB = 1 << 20;
    private readonly WorkProgress _progress = new() { Total = 1000 * MiB };

    [Fact]
    public void Short_work_shows_nothing()
    {
        ProgressSampler sampler = Sampler();

        Assert.Null(sampler.Sample(Seconds(0.49)));
        Assert.Null(sampler.End());
    }

    [Fact]
    public void The_first_record_is_due_after_500_ms_and_the_next_200_ms_later()
    {
        ProgressSampler sampler = Sampler();

        Assert.NotNull(sampler.Sample(Seconds(0.5)));
        Assert.Null(sampler.Sample(Seconds(0.69)));
        Assert.NotNull(sampler.Sample(Seconds(0.7)));
    }

    [Fact]
    public void A_record_says_how_much_and_how_fast()
    {
        _progress.Add(250 * MiB);

        ProgressSample sample = Sampler().Sample(Seconds(0.5))!;

        Assert.Equal("250 MiB of 1000 MiB, 500 MiB/s", sample.Operation);
        Assert.Equal(25, sample.Percent);
        Assert.False(sample.Completed);
    }

    [Fact]
    public void The_remaining_time_is_told_only_after_two_seconds()
    {
        ProgressSampler sampler = Sampler();
        _progress.Add(200 * MiB);

        Assert.Equal(-1, sampler.Sample(Seconds(1.9))!.SecondsRemaining);
        Assert.Equal(9, sampler.Sample(Seconds(2.1))!.SecondsRemaining); // 800 MiB at 95.2 MiB/s
    }

    [Fact]
    public void The_remaining_time_is_unknown_while_nothing_moves()
    {
        Assert.Equal(-1, Sampler().Sample(Seconds(60))!.SecondsRemaining);
    }

    [Fact]
    public void The_rate_is_that_of_the_last_five_seconds()
    {
        ProgressSampler sampler = Sampler();
        _progress.Add(500 * MiB);
        for (int i = 1; i <= 20; i++)
            sampler.Sample(Seconds(i));

        _progress.Add(10 * MiB);

        Assert.Equal("510 MiB of 1000 MiB, 2 MiB/s", sampler.Sample(Seconds(21))!.Operation);
    }

    [Fact]
    public void Without_a_total_there_is_no_percentage()
    {
        _progress.Total = 0;
        _progress.Add(5 * MiB);

        ProgressSample sample = Sampler().Sample(Seconds(5))!;

        Assert.Equal((-1, -1, "5 MiB, 1 MiB/s"), (sample.Percent, sample.SecondsRemaining, sample.Operation));
    }

    [Fact]
    public void More_than_the_total_is_100_percent()
    {
        _progress.Add(2000 * MiB);

        Assert.Equal(100, Sampler().Sample(Seconds(1))!.Percent);
    }

    [Fact]
    public void Other_units_than_bytes_are_counted()
    {
        WorkProgress partitions = new() { Total = 1024 };
        partitions.Add(256);

        ProgressSample sample = new ProgressSampler(new WorkActivity("Rebalancing", "object", "partitions"), partitions).Sample(Seconds(1))!;

        Assert.Equal("256 of 1024 partitions", sample.Operation);
    }

    [Fact]
    public void What_was_shown_is_completed()
    {
        ProgressSampler sampler = Sampler();
        sampler.Sample(Seconds(1));

        Assert.True(sampler.End()!.Completed);
    }

    private ProgressSampler Sampler() => new(new WorkActivity("Converting", "a.img"), _progress);

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
