{
  description = "An image on a base image of a registry, which a lock file pins";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    nixdock.url = "github:nixdock/nixdock";
    nixdock.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    { nixpkgs, nixdock, ... }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      lock =
        if builtins.pathExists ./base.lock.json then
          ./base.lock.json
        else
          throw "there is no base.lock.json yet: nix run .#nixdock -- lock REFERENCE > base.lock.json, and git add it";
    in
    {
      packages = nixpkgs.lib.genAttrs systems (
        system:
        let
          pkgs = nixpkgs.legacyPackages.${system};
          inherit (nixdock.lib.mkLib pkgs) buildImage cli pullImage;
        in
        {
          # nix run .#nixdock -- lock registry.example/library/base:12 > base.lock.json
          # nix run .#nixdock -- lock --update base.lock.json                             later
          nixdock = cli;

          # nix build && docker load < result
          default = buildImage {
            name = "hello";
            tag = "latest";
            fromImage = pullImage { inherit lock; };
            copyToRoot = pkgs.hello;
            config.Cmd = [ "/bin/hello" ];
          };
        }
      );
    };
}
