{
  description = "The embedded package set as a stand-in for nixpkgs: --impure --override-input nixpkgs ./nix/embedded";

  outputs =
    { self }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      lib = import ./lib;
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs systems (system: import ./. { inherit system; });
    };
}
