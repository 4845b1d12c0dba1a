# nixpkgs' lib.customisation, in part.
let
  inherit (builtins) intersectAttrs isAttrs;
  inherit (import ./fixed-points.nix) extends;
  inherit (import ./trivial.nix)
    functionArgs
    isFunction
    mirrorFunctionArgs
    setFunctionArgs
    ;
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
        override = mirrorFunctionArgs f (changes: makeOverridable f (overridden changes));
      in
      if isAttrs result then
        result
        // {
          inherit override;
        }
        // (
          if result ? overrideAttrs then
            { overrideAttrs = change: makeOverridable (changedBy change) args; }
          else
            { }
        )
      else if isFunction result then
        setFunctionArgs result (functionArgs result) // { inherit override; }
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

  # Files that are called with one another's results, f: final set -> set; overrideScope takes an overlay on f.
  # newScope: attributes -> callPackage that knows them besides what it always knows.
  makeScope =
    newScope: f:
    let
      self = f self // {
        newScope = more: newScope (self // more);
        callPackage = self.newScope { };
        overrideScope = overlay: makeScope newScope (extends overlay f);
        packages = f;
      };
    in
    self;
}
