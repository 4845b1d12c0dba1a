# dockerTools.override: the set with other packages. Like nixpkgs' own it takes packages, or a function of those that are
# there; what nothing here uses (nixpkgs' dockerTools uses other packages) it takes as well, and says so.
set: # the scope of ../default.nix
let
  inherit (set.internal) pkgs;
  inherit (pkgs) lib;
  used = import ./used-packages.nix;
  override =
    changes:
    let
      given = if lib.isFunction changes then changes pkgs else changes;
      unused = builtins.attrNames (removeAttrs given used);
      changed = set.overrideScope (_: previous: { packageOverrides = previous.packageOverrides // given; });
    in
    if unused == [ ] then
      changed
    else
      builtins.trace "nixdock: dockerTools.override: nothing here uses ${lib.concatStringsSep " " unused}" changed;
in
lib.setFunctionArgs override (lib.genAttrs used (_: true))
