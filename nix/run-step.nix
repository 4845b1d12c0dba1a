# The only place where Nix calls nixdock_hook: one derivation = one step + one JSON spec (DESIGN.md, "The seam").
# The step finds `spec`, the `closures` it asked for and its outputs in `.attrs.json`.
{ runPython, hook }:
{
  name,
  step, # a module of nixdock_hook.steps, with "-" for "_"
  spec,
  closures ? { }, # graph name -> store paths whose closure the step reads
  tools ? [ ], # packages whose programs the step starts
  fetches ? { }, # of fixed-output.nix, for a step that needs the network
  outputs ? [ "out" ],
}:
runPython (
  fetches
  // {
    inherit name outputs spec;
    args = [
      hook
      "step"
      step
    ];
    __structuredAttrs = true;
    exportReferencesGraph = removeAttrs closures (
      builtins.filter (graph: closures.${graph} == [ ]) (builtins.attrNames closures)
    );
    path = map (tool: "${tool.bin or tool}/bin") tools;
  }
)
