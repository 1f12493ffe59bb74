namespace OpenStackStorage.Services;

/// <summary>
/// Glance's rules and their defaults: <c>glance/policies/*.py</c> of Glance 33. The old defaults that Glance keeps beside
/// them count only without <c>enforce_new_defaults</c>, which is on by default; no rule was ever renamed.
/// </summary>
public static class GlancePolicy
{
    private const string Admin = "rule:context_is_admin";

    private const string AdminOrMember = Admin + " or (role:member and project_id:%(project_id)s)";

    private const string AdminOrReader = Admin + " or (role:reader and project_id:%(project_id)s)";

    private const string Seer =
        "(project_id:%(project_id)s or project_id:%(member_id)s "
        + "or 'community':%(visibility)s or 'public':%(visibility)s or 'shared':%(visibility)s)";

    private const string AdminOrSeer = Admin + " or (role:reader and " + Seer + ")";

    private const string AdminOrDownloader = Admin + " or (role:member and " + Seer + ")";

    private const string AdminOrReaderOrSharer = Admin + " or role:reader and (project_id:%(project_id)s or project_id:%(member_id)s)";

    private const string AdminOrNamespaceReader = Admin + " or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))";

    private const string MetadefAdmin = "rule:metadef_admin";

    private const string DefaultRule = "rule:default";

    public static IReadOnlyList<PolicyRuleDefault> Defaults { get; } =
    [
        new("default", "", "Answers for rules that do not exist."),
        new("context_is_admin", "role:admin", "Who counts as an admin, and what is_admin:True compares with."),
        new("service_api", "role:service or role:admin", "Other services of the cloud."),
        new("add_image", Admin + " or (role:member and project_id:%(project_id)s and project_id:%(owner)s)", "Create an image."),
        new("delete_image", AdminOrMember, "Delete an image."),
        new("get_image", AdminOrSeer, "Show an image; what is refused is not found."),
        new("get_images", AdminOrReader, "List images."),
        new("modify_image", AdminOrMember, "Change an image's attributes, properties and tags."),
        new("publicize_image", Admin, "Make an image public."),
        new("communitize_image", AdminOrMember, "Make an image a community image."),
        new("download_image", AdminOrDownloader, "Read an image's data."),
        new("download_from_store", AdminOrDownloader, "Read an image's data from a store of one's choice."),
        new("upload_image", AdminOrMember, "Store an image's data."),
        new("delete_image_location", Admin, "Take a location from an image."),
        new("get_image_location", AdminOrReader, "Show an image's locations."),
        new("set_image_location", AdminOrMember, "Replace an image's locations."),
        new("add_image_location", "rule:service_api or (role:member and project_id:%(project_id)s and project_id:%(owner)s)", "Add a location to a queued image."),
        new("fetch_image_location", "rule:service_api", "List the locations of an image."),
        new("add_member", AdminOrMember, "Share an image with a project."),
        new("delete_member", AdminOrMember, "End the sharing with a project."),
        new("get_member", AdminOrReaderOrSharer, "Show one member of an image."),
        new("get_members", AdminOrReaderOrSharer, "List an image's members."),
        new("modify_member", Admin + " or (role:member and project_id:%(member_id)s)", "Accept or reject a shared image."),
        new("manage_image_cache", Admin, "Manage the image cache as a whole."),
        new("deactivate", AdminOrMember, "Withhold an image's data."),
        new("reactivate", AdminOrMember, "Give a deactivated image's data free again."),
        new("copy_image", Admin, "Copy an image's data to further stores."),
        new("list_cached_nodes", Admin, "List the nodes whose caches hold an image."),
        new("stores_info_detail", Admin + " or rule:service_api", "Show how stores are configured."),
        new("cache_image", Admin, "Queue an image for the cache."),
        new("cache_list", Admin, "List what is cached."),
        new("cache_delete", Admin, "Remove images from the cache and its queue."),
        new("cache_clean", Admin, "Remove invalid and stalled entries of the cache."),
        new("cache_prune", Admin, "Shrink the cache to its size."),
        new("get_task", DefaultRule, "Show a task."),
        new("get_tasks", DefaultRule, "List tasks."),
        new("add_task", DefaultRule, "Create a task."),
        new("modify_task", DefaultRule, "Not asked by anything."),
        new("tasks_api_access", Admin, "Use the interface of tasks at all."),
        new("metadef_default", "", "Answers for reading metadata definitions in old policy files."),
        new("metadef_admin", Admin, "Who changes metadata definitions."),
        new("get_metadef_namespace", AdminOrNamespaceReader, "Show a namespace of metadata definitions."),
        new("get_metadef_namespaces", AdminOrReader, "List namespaces."),
        new("modify_metadef_namespace", MetadefAdmin, "Change a namespace."),
        new("add_metadef_namespace", MetadefAdmin, "Create a namespace."),
        new("delete_metadef_namespace", MetadefAdmin, "Delete a namespace."),
        new("get_metadef_object", AdminOrNamespaceReader, "Show an object of a namespace."),
        new("get_metadef_objects", AdminOrNamespaceReader, "List a namespace's objects."),
        new("modify_metadef_object", MetadefAdmin, "Change an object."),
        new("add_metadef_object", MetadefAdmin, "Create an object."),
        new("delete_metadef_object", MetadefAdmin, "Delete an object."),
        new("list_metadef_resource_types", AdminOrNamespaceReader, "List resource types."),
        new("get_metadef_resource_type", AdminOrNamespaceReader, "List the resource types of a namespace."),
        new("add_metadef_resource_type_association", MetadefAdmin, "Tie a resource type to a namespace."),
        new("remove_metadef_resource_type_association", MetadefAdmin, "Untie a resource type from a namespace."),
        new("get_metadef_property", AdminOrNamespaceReader, "Show a property definition."),
        new("get_metadef_properties", AdminOrNamespaceReader, "List a namespace's property definitions."),
        new("modify_metadef_property", MetadefAdmin, "Change a property definition."),
        new("add_metadef_property", MetadefAdmin, "Create a property definition."),
        new("remove_metadef_property", MetadefAdmin, "Delete a property definition."),
        new("get_metadef_tag", AdminOrNamespaceReader, "Show a tag of a namespace."),
        new("get_metadef_tags", AdminOrNamespaceReader, "List a namespace's tags."),
        new("modify_metadef_tag", MetadefAdmin, "Change a tag."),
        new("add_metadef_tag", MetadefAdmin, "Create a tag."),
        new("add_metadef_tags", MetadefAdmin, "Create several tags."),
        new("delete_metadef_tag", MetadefAdmin, "Delete a tag."),
        new("delete_metadef_tags", MetadefAdmin, "Delete a namespace's tags."),
    ];
}
