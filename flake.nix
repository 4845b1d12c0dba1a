{
  description = "Container images from Nix, without Docker, without a VM, without tarballs piling up in the store";

  # Offline, on Debian: nix build --impure --override-input nixpkgs ./nix/embedded .#image
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = builtins.filter (system: nixpkgs.legacyPackages ? ${system}) [
        "x86_64-linux"
        "aarch64-linux"
      ];
      forAllSystems = value: lib.genAttrs systems (system: value nixpkgs.legacyPackages.${system});
      # What not every package set can make.
      whereThereIs = value: lib.filterAttrs (_: made: made != null) (forAllSystems value);
      inherit (self.lib) mkLib;
    in
    {
      # lib.mkLib pkgs -> { buildImage, … }; lib pkgs, too
      lib = {
        mkLib = import ./nix;
        # With the packages of the configuration.
        imageFromNixos =
          { nixos, ... }@given:
          (mkLib (
            nixos.pkgs or (throw "nixdock: imageFromNixos: nixos has no pkgs: give what nixosSystem { modules = [ … ]; } returns")
          )).imageFromNixos
            given;
        __functor = lib: lib.mkLib;
      };

      overlays.default = import ./nix/overlay.nix;

      flakeModules.default = import ./nix/flake/module.nix mkLib;

      # virtualisation.oci-containers.containers.NAME.nixdock = IMAGE
      nixosModules.default = import ./nix/flake/nixos-module.nix;

      templates = import ./nix/templates // {
        default = self.templates.one-image;
      };

      packages = forAllSystems (pkgs: rec {
        default = image;
        image = (mkLib pkgs).examples.demo;
        nixdock = (mkLib pkgs).cli;
      });

      # .#layered is an older name of .#examples.layered.
      legacyPackages = forAllSystems (pkgs: (mkLib pkgs).examples // { inherit (mkLib pkgs) examples; });

      # nix run . -- copy RECIPE DESTINATION
      apps = forAllSystems (pkgs: rec {
        default = nixdock;
        nixdock = {
          type = "app";
          program = lib.getExe (mkLib pkgs).cli;
          meta.description = "Move images: copy, serve, stream and archive them, lock those of registries";
        };
      });

      checks = forAllSystems (pkgs: (mkLib pkgs).examples);

      devShells = whereThereIs (pkgs: if pkgs ? mkShellNoCC then { default = import ./nix/flake/shell.nix pkgs; } else null);

      formatter = whereThereIs (pkgs: pkgs.nixfmt-tree or pkgs.nixfmt-rfc-style or null);
    };
}
