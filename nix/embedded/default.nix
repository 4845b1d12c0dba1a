# A package set for machines where nixpkgs is not at hand: a few attributes under their nixpkgs names, made from the
# machine's Debian packages. Every package is a store path that runs with nothing but its closure.
#
# { system, overlays, config } as for nixpkgs; `config` is accepted and unused. The set is read from this machine at
# evaluation time, so that pure evaluation (a flake without --impure) cannot use it.
{
  system ? builtins.currentSystem or (throw "nixdock: pure evaluation knows no system: pass `system`, or add --impure"),
  overlays ? [ ],
  config ? { },
}:
let
  lib = import ./lib;
  platform = import ./platform.nix system;
  dpkg = import ./dpkg.nix platform;
  bootstrap = import ./bootstrap.nix { inherit platform dpkg; };
  debian = import ./debian-package.nix { inherit platform dpkg bootstrap; };

  fromDebian =
    final:
    lib.mapAttrs (
      pname: spec:
      debian.make (
        {
          inherit pname;
          debian = [ pname ];
          mainProgram = pname;
        }
        // spec
      )
    ) (import ./packages.nix {
      inherit final;
      inherit (bootstrap) pythonParts;
    });

  base =
    final:
    fromDebian final
    // import ./trivial-builders.nix { inherit final bootstrap; }
    // import ./assembled.nix { inherit final debian; }
    // {
      inherit lib system config;
      # For what has no attribute here: debian.make { pname = "jq"; debian = [ "jq" ]; }, see debian-package.nix.
      inherit debian;
      stdenv = import ./stdenv.nix { inherit final platform; };
      stdenvNoCC = final.stdenv;
      buildPackages = final;
      bashInteractive = final.bash;
      glibc = debian.libraries.libc6;
      newScope = more: lib.callPackageWith (final // more);
      callPackage = final.newScope { };
      dockerTools = { };
    };
in
lib.fix (builtins.foldl' (lib.flip lib.extends) base overlays)
