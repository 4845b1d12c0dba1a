# nixpkgs' lib.customisation, in part.
let
  inherit (builtins) functionArgs intersectAttrs isAttrs isFunction;
in
rec {
  # f args, whose result can be had again with other arguments: result.override { … } or result.override (old: { … }).
  makeOverridable =
    f: args:
    let
      result = f args;
      overridden = changes: args // (if isFunction changes then changes args else changes);
    in
    if isAttrs result then result // { override = changes: makeOverridable f (overridden changes); } else result;

  # Call the function, or the file that holds it, with the attributes of `scope` that it asks for.
  callPackageWith =
    scope: path: args:
    let
      f = if isFunction path then path else import path;
    in
    makeOverridable f (intersectAttrs (functionArgs f) scope // args);
}
