using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace OpenStackStorage.Hosting;

/// <summary>
/// Loads the libraries of others from <c>dependencies/</c> beside this assembly, in a load context of their own, so that
/// they never meet another version in the default one. Importing only adds a handler; nothing is loaded before its first use.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    // One for the process: a second import must find what the first one loaded.
    private static readonly DependencyContext Dependencies = new(
        Path.Combine(Path.GetDirectoryName(typeof(ModuleInitializer).Assembly.Location) ?? "", "dependencies"));

    public void OnImport() => AssemblyLoadContext.Default.Resolving += Resolve;

    // Each runspace imports and removes the module for itself; the handlers are as many as the imports.
    public void OnRemove(PSModuleInfo psModuleInfo) => AssemblyLoadContext.Default.Resolving -= Resolve;

    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) =>
        Dependencies.Has(name) ? Dependencies.LoadFromAssemblyName(name) : null;

    private sealed class DependencyContext(string folder) : AssemblyLoadContext("OpenStackStorage.Dependencies")
    {
        public bool Has(AssemblyName name) => File.Exists(PathOf(name));

        protected override Assembly? Load(AssemblyName assemblyName) =>
            Has(assemblyName) ? LoadFromAssemblyPath(PathOf(assemblyName)) : null;

        private string PathOf(AssemblyName name) => Path.Combine(folder, name.Name + ".dll");
    }
}
