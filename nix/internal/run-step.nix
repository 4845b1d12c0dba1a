# The only place where Nix calls nixdock_hook: one derivation = one step + one JSON spec.
# The step finds `spec`, the `closures` it asked for and its outputs in `.attrs.json`.
{
  lib,
  hook,
  readingTools, # of every step: whichever reads an image cannot lack them
  runPython,
}:
{
  name,
  step, # a module of nixdock_hook.steps, with "-" for "_"
  spec,
  closures ? { }, # graph name -> store paths whose closure the step reads
  tools ? [ ], # further packages whose programs the step starts
  outputs ? [ "out" ],
  fetches ? { }, # of fixed-output.nix, for a step that needs the network
  result ? { }, # meta, position (or null), and passthru: a function of the final derivation, also after overrideAttrs
}:
runPython (
  final:
  fetches
  // {
    inherit name outputs spec;
    args = [
      hook
      "step"
      step
    ];
    __structuredAttrs = true;
    exportReferencesGraph = lib.filterAttrs (_: paths: paths != [ ]) closures;
    # The outputs with the programs, not those for developers that mkDerivation would choose.
    nativeBuildInputs = map lib.getBin (tools ++ readingTools);
    path = map (tool: "${lib.getBin tool}/bin") final.nativeBuildInputs;
    meta = result.meta or { };
    passthru = (result.passthru or (_: { })) final.finalPackage;
  }
  // lib.optionalAttrs (result.position or null != null) { pos = result.position; }
)
