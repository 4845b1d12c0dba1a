{
  description = "Container images from Nix, without Docker, without a VM, without tarballs piling up in the store";

  # Offline, on Debian: nix build --impure --override-input nixpkgs ./nix/embedded .#image
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = builtins.filter (system: nixpkgs.legacyPackages ? ${system}) [
        "x86_64-linux"
        "aarch64-linux"
      ];
      forAllSystems =
        value:
        builtins.listToAttrs (
          map (name: {
            inherit name;
            value = value nixpkgs.legacyPackages.${name};
          }) systems
        );
      examples = pkgs: (self.lib pkgs).examples;
    in
    {
      # nixdock.lib pkgs -> { buildImage, … }
      lib = import ./nix;

      overlays.default = import ./nix/overlay.nix;

      packages = forAllSystems (
        pkgs:
        examples pkgs
        // rec {
          image = (examples pkgs).demo;
          default = image;
          inherit (self.lib pkgs) nixdock;
        }
      );

      # nix run .#nixdock -- copy RECIPE DESTINATION
      apps = forAllSystems (pkgs: {
        nixdock = {
          type = "app";
          program = "${(self.lib pkgs).nixdock}/bin/nixdock";
        };
      });

      checks = forAllSystems examples;
    };
}
