/**
  The command `nixdock`, which moves images: `copy`, `serve`, `stream` and `archive` take recipes, `lock` and `prefetch` pin
  images of registries. `nixdock` is its older name in this set.

  # Type

  ```
  cli :: derivation
  ```

  # Example

  ```nix
  pkgs.mkShell { packages = [ pkgs.nixdock.cli ]; }
  ```
*/
{ buildPkgs, command }:
command {
  name = "nixdock";
  arguments = [ ];
  tools = [ buildPkgs.skopeo ];
}
