# mkDerivation: a derivation that setup.sh builds, or the attribute `realBuilder` with `args`; and beside it what
# nixpkgs' derivations have: meta, passthru, overrideAttrs, inputDerivation, outputs.
#
# { lib, stdenv, setup, shell, system } ─► attributes, or a function of the final ones (finalAttrs: { … }) ─► derivation
{
  lib,
  stdenv, # for the derivation's own `stdenv`
  setup, # the package with the file `setup`
  shell,
  system,
}:
let
  inherit (builtins) isFunction removeAttrs;

  nameOf = attributes: attributes.name or "${attributes.pname}-${attributes.version}";

  # What the builder gets.
  derivationArguments =
    attributes:
    {
      inherit system;
      stdenv = setup;
      builder = attributes.realBuilder or shell;
      args = [
        "-c"
        "source ${setup}/setup; genericBuild"
      ];
    }
    // removeAttrs attributes [
      "meta"
      "passthru"
      "pos"
      "realBuilder"
    ]
    // {
      name = nameOf attributes;
    };

  fixedOutput = [
    "outputHash"
    "outputHashAlgo"
    "outputHashMode"
    "impureEnvVars"
  ];
  # Everything that a build needs, as one store path: the file mentions all inputs.
  inputDerivation =
    arguments:
    derivation (
      removeAttrs arguments fixedOutput
      // {
        outputs = [ "out" ];
        originalBuilder = arguments.builder;
        originalArguments = arguments.args;
        builder = shell;
        args = [
          "-c"
          ''
            { declare -p; [ ! -e .attrs.json ] || echo "$(<.attrs.json)"; } > ${builtins.placeholder "out"}
            for name in ''${passAsFile-}; do
              file="''${name}Path"
              echo "$(<"''${!file}")" >> ${builtins.placeholder "out"}
            done
          ''
        ];
      }
    );

  metaOf =
    attributes:
    let
      position = attributes.pos or (builtins.unsafeGetAttrPos "name" attributes);
    in
    { name = nameOf attributes; }
    // lib.optionalAttrs (position != null) { position = "${position.file}:${toString position.line}"; }
    // attributes.meta or { };

  # A function of (what was before) or of (final, what was before), or an attribute set -> one of both.
  toExtension =
    change: final: previous:
    let
      changed = change previous;
    in
    if !isFunction change then
      change
    else if isFunction changed then
      change final previous
    else
      changed;

  make =
    function:
    let
      attributes = function (attributes // { inherit finalPackage; });
      arguments = derivationArguments attributes;
      plain = derivation arguments;
      outputs = attributes.outputs or [ "out" ];
      beside = {
        inherit stdenv outputs;
        meta = metaOf attributes;
        passthru = attributes.passthru or { };
        inputDerivation = inputDerivation arguments;
        overrideAttrs =
          change:
          make (
            final:
            let
              previous = function final;
            in
            previous // toExtension change final previous
          );
      }
      // attributes.passthru or { };
      # passthru cannot change these
      paths = drv: { inherit (drv) drvPath outPath; };
      output =
        name:
        plain.${name}
        // beside
        // {
          outputName = name;
          outputSpecified = true;
        }
        // paths plain.${name};
      finalPackage = plain // beside // lib.genAttrs outputs output // paths plain;
    in
    finalPackage;
in
attributes: make (if isFunction attributes then attributes else _: attributes)
