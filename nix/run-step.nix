# The only place where Nix calls Python: one derivation = one step + one JSON spec (DESIGN.md, "The seam").
# The step finds `spec`, the `closures` it asked for and its outputs in `.attrs.json`.
{ pkgs, hook }:
let
  inherit (pkgs.buildPackages or pkgs) python3;
in
{
  name,
  step, # a module of nixdock_hook.steps, with "-" for "_"
  spec,
  closures ? { }, # graph name -> store paths whose closure the step reads
  tools ? [ ], # packages whose programs the step starts
}:
derivation {
  inherit name spec;
  inherit (pkgs.stdenv.buildPlatform or pkgs.stdenv.hostPlatform) system;
  builder = python3.interpreter or "${python3}/bin/python3";
  args = [
    "-I"
    "-S"
    hook
    "step"
    step
  ];
  __structuredAttrs = true;
  exportReferencesGraph = builtins.listToAttrs (
    builtins.filter (graph: graph.value != [ ]) (
      map (name: { inherit name; value = closures.${name}; }) (builtins.attrNames closures)
    )
  );
  path = map (tool: "${tool.bin or tool}/bin") tools;
}
