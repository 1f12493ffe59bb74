using System.Management.Automation;
using OpenStackStorage.Hosting;

namespace OpenStackStorage.Tests.Hosting;

public class RecordsTests
{
    [Fact]
    public void Every_category_is_one_of_PowerShells()
    {
        foreach (StorageErrorCategory category in Enum.GetValues<StorageErrorCategory>())
            Assert.Equal(category.ToString(), Records.Category(category).ToString());
        Assert.Equal(ErrorCategory.QuotaExceeded, Records.Category(StorageErrorCategory.QuotaExceeded));
    }
}
