{
  description = "The embedded package set as a stand-in for nixpkgs: --impure --override-input nixpkgs ./nix/embedded";

  # NB: `import nixpkgs { }` in a flake wants path:./nix/embedded here, because Nix before 2.14 takes ./nix/embedded for the
  # whole repository; nixpkgs.legacyPackages.SYSTEM works either way.
  outputs =
    { self }:
    let
      # Only this machine's packages are here to be read; a pure evaluation does not know which machine that is.
      systems =
        if builtins ? currentSystem then
          [ builtins.currentSystem ]
        else
          [
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
