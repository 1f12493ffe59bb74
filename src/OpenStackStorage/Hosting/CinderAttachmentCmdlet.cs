using System.Management.Automation;
using OpenStackStorage.Commands;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Hosting;

/// <summary>The base of cmdlets that do something to attachments: by object or by id.</summary>
public abstract class CinderAttachmentCmdlet : ServiceCmdlet
{
    /// <summary>The parameter set of <see cref="AttachmentId"/>, the default one.</summary>
    protected const string AttachmentIdSet = "AttachmentId";

    /// <summary>The parameter set of <see cref="Attachment"/>.</summary>
    protected const string AttachmentSet = "Attachment";

    [Parameter(ParameterSetName = AttachmentIdSet, Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, HelpMessage = "The attachments' ids.")]
    [ArgumentCompleter(typeof(CinderAttachmentIdCompleter))]
    public Guid[] AttachmentId { get; set; } = [];

    [Parameter(ParameterSetName = AttachmentSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "Attachments, as Get-CinderAttachment gives them.")]
    [ValidateNotNull]
    public CinderAttachment[] Attachment { get; set; } = [];

    /// <param name="attachment">As it is in the store now.</param>
    protected abstract void ProcessAttachment(CinderAttachment attachment);

    protected sealed override void Process() => Each(
        Attachment, given => CinderAttachments.Get(Connection ?? given.Connection, given.Id), AttachmentId, id => CinderAttachments.Get(Existing, new AttachmentId(id)),
        [], _ => throw new NotSupportedException(), ProcessAttachment);
}
