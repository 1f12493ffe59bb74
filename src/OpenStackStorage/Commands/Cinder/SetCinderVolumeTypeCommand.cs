using System.Collections;
using System.Management.Automation;
using OpenStackStorage.Binding;
using OpenStackStorage.Hosting;
using OpenStackStorage.Model;
using OpenStackStorage.Services;

namespace OpenStackStorage.Commands;

/// <summary>Changes volume types.</summary>
[Cmdlet(VerbsCommon.Set, "CinderVolumeType", DefaultParameterSetName = NameSet, SupportsShouldProcess = true)]
[OutputType(typeof(CinderVolumeType))]
public sealed class SetCinderVolumeTypeCommand : CinderVolumeTypeCmdlet
{
    [Parameter(HelpMessage = "The name to give the type.")]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    [Parameter(HelpMessage = "What the type is for.")]
    public string? Description { get; set; }

    [Parameter(HelpMessage = "Extra specs to set; others stay: @{ volume_backend_name = 'ssd' }.")]
    [ValidateNotNull]
    public Hashtable ExtraSpec { get; set; } = [];

    [Parameter(HelpMessage = "The names of extra specs to take away.")]
    [ValidateNotNullOrEmpty]
    public string[] RemoveExtraSpec { get; set; } = [];

    [Parameter(HelpMessage = "Only admins and projects with access see and use the type; -Private:$false makes it public.")]
    public SwitchParameter Private { get; set; }

    [Parameter(HelpMessage = "Projects that get access to a private type.")]
    [ValidateNotNullOrEmpty]
    public string[] AddProject { get; set; } = [];

    [Parameter(HelpMessage = "Projects that lose access to a private type.")]
    [ValidateNotNullOrEmpty]
    public string[] RemoveProject { get; set; } = [];

    [Parameter(HelpMessage = "The QoS specs that go with the type: as Get-CinderQos gives them, or their name or id.")]
    [ArgumentCompleter(typeof(CinderQosNameCompleter))]
    [NameOr<CinderQos>]
    [ValidateNotNull]
    public NameOr<CinderQos>? Qos { get; set; }

    [Parameter(HelpMessage = "Take the QoS specs from the type.")]
    public SwitchParameter NoQos { get; set; }

    [Parameter(HelpMessage = "Volumes that name no type get this one; -Default:$false takes that back.")]
    public SwitchParameter Default { get; set; }

    [Parameter(HelpMessage = "With -Default: for this project alone, in place of all that have no default of their own.")]
    [ValidateNotNullOrEmpty]
    public string? DefaultProject { get; set; }

    [Parameter(HelpMessage = "Output the type as it is then.")]
    public SwitchParameter PassThru { get; set; }

    protected override void ProcessVolumeType(CinderVolumeType type) => SetCinderVolumeTypeOperation.Run(
        new SetCinderVolumeTypeRequest(type, new VolumeTypeChange
        {
            Name = NewName,
            Description = Description,
            SetExtraSpecs = TextTable.Of(ExtraSpec),
            RemoveExtraSpecs = RemoveExtraSpec,
            IsPublic = Given(nameof(Private), Private) is { } hidden ? !hidden : null,
            AddProjects = AddProject,
            RemoveProjects = RemoveProject,
            RemoveQos = NoQos,
        })
        {
            Qos = Qos,
            Default = Given(nameof(Default), Default),
            DefaultProject = DefaultProject,
            PassThru = PassThru,
        },
        Host);
}
