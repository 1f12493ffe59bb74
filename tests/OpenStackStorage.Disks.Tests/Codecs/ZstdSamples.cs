using System.Globalization;
using System.Text;

namespace OpenStackStorage.Disks.Tests;

/// <summary>
/// Contents that are the same everywhere, and zstd frames of them. The frames were made by libzstd 1.5.4 through
/// ZSTD_compressStream2, with a checksum; ZSTD_e_flush after each of equal pieces makes blocks that use the tables of the
/// blocks before them.
/// </summary>
internal static class ZstdSamples
{
    private static readonly string[] Vocabulary =
        ("the of and disk cluster window volume image ring a is block table offset literal match sequence stream frame Huffman state "
        + "symbol weight bits 0x1F 4096 -1 (RFC 8878)\n").Split(' ');

    /// <summary>Level 13, 5 pieces: Huffman literals, one block without a tree; described and repeated tables of sequences.</summary>
    public static byte[] WordsByTables => Convert.FromBase64String(
        "KLUv/QRgtAoA0k4rG4CldRgmcozbcJJW2c8yHWVp95/fRMkCG7KmAQCpxyhvLQylhDIOUgfcx9giYBKLm3pM0d4kpAqdBTe/Jc2FdAxur2Y4vFlsv+A+" +
        "O1MCJRYDiIJBz7Ib7Cf/vqeaVOymqkMtuMntG/L7vNNQQ5ELrp4BHYkRyMsAO4upyqgEtpLe+ZaV9+S3CmMx3Sr87ZJ9veAmwXvxW1wkSAIS3aAQF+xC" +
        "eie3T4XfF4ckiwFLqPGJREhmFCZJYRgDIAJiEErpARAQxZgRJ8MBtlwmhW2Q+lEVIuqknKrG802Je2MFIxHkn1TlxiH/JTxuQ+/gKfIjJJWbLOJp0tUr" +
        "XzPwjvceavZI/GC/4lg6CcqQY0EwNYSeidx0ZyWuu5QLDmKxu6apjab9EqB076E7CZARDokDU38Sm8ZRbJoaVhP4QpwtEiLqO3pAN1AMdZ07HA7ESyj6" +
        "pOZV9AgAAggaGoCldcw2JzfGbkNBpQAMXrZ0cyPL8dRLk+ECBZI849r2goppESqU7fEZMt8VNhJkaBXetWW2/XACIOARqURFyVSP4vb2Taw9jRYHwUbS" +
        "HrfHqAd3pfY4rRKeQ9rfnWFZQjWMy7uAYBBS6CBCYgxTeAcRZCyROmab1gxjA7a7somy+8dO0sLS8VCEkeoCmbQcEqkLsycF20LBsN+If3JRbF0ZSuCB" +
        "fDidIoLtvkuisdKqYf3Xs+3XDNkXhJLtKle27qDIO4hOC+UHmAvkiBcClUMR6gSSC2fCbJkaGZ7ToyZ6JVGgQ7LesytiwgeV/rvB1zi2Im6IPJKSUKH5" +
        "wDCjMZQ6YljGx0IxZBK4LrVLXDDy+Vqs+pwnGRY+BuQGAONFDrjOYlSJ2tEYhiYTFzRLcdHE1J7CSNrfFTSrkCUqDoLZYWdox2WqPXGEHsJzSDszWnjX" +
        "MJdCswnAAUf4EVQYhjlGWWmTa9OCrJmZLAmh3nRSeN5u6YR/EiSNKQQdEON7YiwlUH30fkYSttJkGSuxWYFjNMp2Z+LybGR7602PFMmpSm7UhtSqESJq" +
        "LXUOiYmKsg1XxWhr8y6Ofro9rpepkJYvfjAJBadaCS/BiTVXB4vi/UdQ9pBB4wzzA7A/zQZI8TuNEuDWA1spkrBKOMTpFLgAFLmN5siIOgrUBwCyBBAV" +
        "oFcHwKpO7GVCln9xXKNskpgLVZWBTHBFYHTeKnmiLcNYD1AO4ic+E5pM1fZqiBN7S6m26B/1tnpwu4ism84GUqyAt2kMEBRDkDloB5kmLP+3o0OqgmTZ" +
        "EHWyYPJW87hIxn4R9Cwfy0OYyHCvdlZTZYXT4VB7pd4dHv5LA0cMnWc9kMV0WdkfEJ54EK0MCRTWxd3XWJT6elVPENQnIgb/F8wzM/WZfgkRZGDfdSoE" +
        "oUHiWfNF57Usk4/QafdHEDqQ2L0AvW8l9omhLe3l7ALzuZBMTTn+VJSlcccgd6hnLSRbUhshbwXBYDSXBFqG5bTEc0CYBUEd1QcAokURE6Aled15UVqr" +
        "qCqwbNvpvkD9DQwUDIeaqRjy7N/IX/MR9bZUzFnFw7NhMJylIqrNVETfnC9mqdC0mBOYt5YlLIcA4MAIS7hQpxbSARGkmHLQOjab6kShWQ2K26TlmUAi" +
        "BlVDQSvO4mo9cy5ErU4Cj8V9iGJMIlEoa0veCwop0K/h4pK78pQNs+Ik7OzYMe9FMuU1aBrEtCVPiO0dhJQWrmubkis01KgnPdZFOBpV48krMb3C+I2p" +
        "pfhHwMEbRej6bi8MNWotZobuvAOxzH7GURHOjAhdTcQtjEOzAbZpVn11ZuEjzt6/+6y/l1IUnActBDacllcgAhw3Vhc=");
    /// <summary>Level 6, 10 pieces: also raw literals, and predefined tables.</summary>
    public static byte[] WordsByPredefinedTables => Convert.FromBase64String(
        "KLUv/QRYtAYAgssiHGC1cQMxL3vXNb195TblMOwUqhEj9P8TCgIADg/GQQhF4pz1avHLKa0WO3mZQpAsRygSxxyYrID9bGy+MZIA4g1CkFp8Kq2kxsb6" +
        "ATqBq0VzHAGSZNpcAJKXu0EGMqy+s75hvuZnw7eWO8OXrcyATdXiD6wq28JcwA/JsQLCqVXEWZ9K/2XzwtKXCx4oECTkvAMQUlbXmQOww4s0roFJARHo" +
        "OwIN9IKBJyRjSo5iAMM2STe5oOBPQVVE8IEo8hGJ6BB6jAKgMLsIFACBLsdxIm0ZAyQFAFIEEBagVwdGpKWqrm1HXW8k/SuJiFCeqh4EQH61U4vGQw72" +
        "YvpBm+UWHGpKxUGPeii/WhbUw29ewqGEq2ApOWvSgg8qqEDFtJjtIAJCjGFUDxAQxZgNUYYDFypoh7SOTJCi0xjV28+bor9FgFeQL09E+TjYX5O3bIgN" +
        "nDgfJgndFIjyZFTnf3XInWMeavcvLsFGRQyciMrT407UmoUzkkuHWbLVrAQAEkQPF4DFbcCSHHST+mWROBzLL/bujzJuQncBBSUPpGJ5w7m5FZdbMIkA" +
        "yI/6Ubc8UwKPOmpyr3SBLlqaXakwjiq8MAMzGQMwCIsamlg1uFwpE7braqI8JD3KyYukXBIpgdazHY3V/I38MYCVGKzQEPijRjLLCguMsh/4WdZYRehR" +
        "VTxNUrG7ccXFkjNxgdRFzsMGOGMMBQACxA4VoNcBwCUns6dgJ/+P9SYlZScc/Rc1iLU/1Qw1V5zW4XIiST1GC4Dq+zWaLMT7KQGnpdZQHI9JFDfVbCyo" +
        "cANtsRgQHGMYNB4QEinZ1MW2k1y/RMkm7NZAlGhBuiRJKqAxU84aKZz5PcG6WLDsgSR7wmE7aoomdPFAQrieIOKV9wFJZhWvBv6/3OI1LCuNUNNdXQWc" +
        "jYwHr1q0hdB7MEwEACQDYW00NzAsNjg0NTA5cmluZzE1Yml0Njk3LC0xOTE5YWJsZTI0NjcwLGZyYW1lIGNsdXMn+BAaxMyRbWENYttaZXG2/SF6pFcQ" +
        "UJ8PhRUVKFLgaGVyCY3V7jq0EvzXKQOQWTjQi3IN+ENCwBAxJowGgRsJdheZq9xPHHLBh6trULsHXudG5v8ddAQANAN0ZXIgaXMxNzY5MzUgYTY4MCwg" +
        "YTM0MCw5MDAsb2YyNGE4MTh3aW5kb3cgZGlzayB0aGUmsHDF2g3WUMwZhJdefrJ7aiuHuSf+MyARp+TqwBx/r44VFhj3jl4WBYxAYjsxWRKrgS0IOOQa" +
        "X+z2BJxDo9hyfegzRgaBUl5qkZbMwpmwttb6z8FIJxaoBUwEAGQCYTY5YTcydGhvZjI3MjI0Nyw0NDJhbmRvZmZzZXQgdGhlIGltYWcs6BAcZFDddRAi" +
        "5pSpK2MXUzJkIE6XJCAUuNI1k+hYy5Q+fif0d9NrCveiY2z03ZLqYDgQGoQHIO0GcCV8eGh53XCdxR153yFZXCZD8ona02cSwS6sKo9anrxZwgoI9s24" +
        "BAUAtANkaXNrOTIwMzc0YW5kNTU5NTQ0MjB4MUY2NzJuZDQzcmluZzQ1MWlzNjgyaW1hZ2UgZGlzayBibG9jayy4gMOmxRAqyKqCugHL33Y85CSkM0Kk" +
        "MTnF7bs8hWT+c+k28mkPUiLovZVZy2Ahf4sqlWBuUtc0cLXaEcvsdsiVba/LtH9YeBpBYRkaK9TEf9UISjW/SiTI/D4JoLLNOHiyKnwEAHQCN3Jpbmc3" +
        "NjE2MWFuZGEyNjM0Mm9mOTE1NmlzNTk4LGlzOTk4LCBILLiAtxkDEDpnho61MAbcG3uFyjTpdLoIQcvymZS0t5604vPNxko/QjPM5SzeQl/Xql+LesYa" +
        "d6vmdSEe9pt8B5zxCD1eQvBH9QZoaRTuUnGksoyi1/x3aF3tUkLBlmtBnOGCJ8ABnQQAJAMgYXRoZTMxaTUzMnRoZTM5YXRvZiBhMTU5MzM1aXMyNTY3" +
        "MjVzNjU4b2YgaXMgdGhlICWwQKkYiwFESa9ux3Pn2L08l4CIkqlGGxpxW1zZnnM0RJmCS3322OqH9FYmSUmOtLbIe8kUyu382sxLT1e4+DXGrOYlFMzj" +
        "OXt3kyxHNRMN7dBW/MlEO4xEZEtFm60bHDdWFw==");
    /// <summary>Level 1, 2 pieces: weights that are not compressed, and a block without a tree.</summary>
    public static byte[] SkewByDirectWeights => Convert.FromBase64String(
        "KLUv/QRI5AQAgs4RiEEhECAAog8p4YHkmlHnNEwFLKZfxEHjYsYZDzrv8UwUG4uusCzukRgu3wppl6KUw2HW4fhbvNKcfL4TSoUb3VFhut8PXEojAFkj" +
        "sLHkrq30oCkQBteGYoHAISXDVwVuMoihe8gQQ35bwOKTyXaVAC/kA0YrWOJjlkcvFAOhvDKOgYioGACNHfWGqvRCKj1oGCgGrQDBF0ETTQUAY8gK5SvC" +
        "206tRcjyKQReLCxANSIkbxAxqi9mu9rofeeMhwKUWCyxKSwtz8QmAzYgoGKm7g4MzEZTIxTwQFmVA9kMjhlLho24+U6h4BNyVJtv5DJCyYkY4VplG2EI" +
        "CC1GaLJEAHF7QbORQIJ3GQjy4OAaGdrM4cNi5Mi0A4tD4CWQoYMc2nUGhnsHg3bnIheA5NAKL5zVAMynqoKhUM7QhxzjMxsgR0+R6YYXfig=");

    /// <summary>4,096 bytes: SHA-256 8548e5797cec1a402dbd0ced362f3889777a1cea84d39315323e99c9f96d01bd.</summary>
    public static byte[] Words(int size = 4096)
    {
        List<byte> text = [];
        uint state = 1;
        while (text.Count < size)
        {
            state = ((state * 1103515245) + 12345) & 0x7FFFFFFF;
            uint random = state >> 12;
            text.AddRange(Encoding.ASCII.GetBytes(Vocabulary[(random & 1023) * ((random >> 10) & 511) * Vocabulary.Length >> 19]));
            text.AddRange(Encoding.ASCII.GetBytes(random % 7 == 0 ? string.Create(CultureInfo.InvariantCulture, $"{random % 1000}, ") : " "));
        }

        return [.. text.Take(size)];
    }

    /// <summary>Values 0 to 9, most of them 0; 1,024 bytes: SHA-256 96be97fa63e307be50b207e1e0e88ad0cb8aaa59d8433c74fce63203f604dd2f.</summary>
    public static byte[] Skew(int size = 1024)
    {
        byte[] bytes = new byte[size];
        uint state = 7;
        for (int i = 0; i < size; i++)
        {
            state = ((state * 1103515245) + 12345) & 0x7FFFFFFF;
            bytes[i] = (byte)(((state >> 13) & 3) * ((state >> 17) & 3) * ((state >> 21) & 1));
        }

        return bytes;
    }
}
