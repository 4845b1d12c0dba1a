{
  description = "An image of many layers, and CI that copies to a registry what that lacks";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    nixdock.url = "github:nixdock/nixdock";
    nixdock.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    {
      self,
      nixpkgs,
      nixdock,
    }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      image =
        pkgs:
        (nixdock.lib.mkLib pkgs).buildLayeredImage {
          name = "hello";
          contents = [ pkgs.hello ];
          # The date of the last commit, not of the build: the same commit gives the same image.
          created = "@${toString self.lastModified}";
          config.Cmd = [ "/bin/hello" ];
        };
    in
    {
      # nix run .#default.copyToRegistry -- registry.example/team/hello:1
      # .github/workflows/image.yml does so for each commit.
      packages = nixpkgs.lib.genAttrs systems (system: {
        default = image nixpkgs.legacyPackages.${system};
      });
    };
}
