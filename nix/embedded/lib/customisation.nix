# nixpkgs' lib.customisation, in part.
let
  inherit (builtins) intersectAttrs isAttrs;
  inherit (import ./trivial.nix) functionArgs isFunction mirrorFunctionArgs;
in
rec {
  # f args, whose result can be had again with other arguments: result.override { … } or result.override (old: { … }).
  # What overrideAttrs made of it can be overridden, too.
  makeOverridable =
    f:
    mirrorFunctionArgs f (
      args:
      let
        result = f args;
        overridden = changes: args // (if isFunction changes then changes args else changes);
        changedBy = change: mirrorFunctionArgs f (args: (f args).overrideAttrs change);
      in
      if isAttrs result then
        result
        // {
          override = mirrorFunctionArgs f (changes: makeOverridable f (overridden changes));
        }
        // (
          if result ? overrideAttrs then
            { overrideAttrs = change: makeOverridable (changedBy change) args; }
          else
            { }
        )
      else
        result
    );

  # Call the function, or the file that holds it, with the attributes of `scope` that it asks for.
  callPackageWith =
    scope: path: args:
    let
      f = if isFunction path then path else import path;
    in
    makeOverridable f (intersectAttrs (functionArgs f) scope // args);
}
