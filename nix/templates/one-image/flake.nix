{
  description = "One container image";

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
      image =
        pkgs:
        (nixdock.lib.mkLib pkgs).buildImage {
          name = "hello";
          tag = "latest";
          copyToRoot = pkgs.hello;
          config.Cmd = [ "/bin/hello" ];
        };
    in
    {
      # nix build && docker load < result
      # nix run .#default.copyToDockerDaemon    sends docker only the layers that it lacks
      packages = nixpkgs.lib.genAttrs systems (system: {
        default = image nixpkgs.legacyPackages.${system};
      });
    };
}
