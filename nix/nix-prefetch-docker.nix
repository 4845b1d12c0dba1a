/**
  The command `nix-prefetch-docker`, which prints the arguments of `pullImage` for an image as it is in its registry
  now. The overlay has it as `pkgs.nix-prefetch-docker`, too.

  # Type

  ```
  nixPrefetchDocker :: derivation
  ```

  # Example

  ```nix
  pkgs.mkShell { packages = [ pkgs.nix-prefetch-docker ]; }
  # nix-prefetch-docker --image-name alpine --image-tag 3.20
  ```
*/
{ buildPkgs, command }:
command {
  name = "nix-prefetch-docker";
  arguments = [ "prefetch" ];
  tools = [ buildPkgs.skopeo ]; # and nix-store, its user's own
}
