/**
  The command `nixdock`: `copy`, `serve`, `stream` and `archive` move images, `inspect`, `plan`, `diff`, `report` and
  `sbom` look into them, and `lock` and `prefetch` pin images of registries. `nixdock` is its older name in this set.

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
  # Where man and the shells look for them.
  printed = {
    "share/man/man1/nixdock.1" = [ "manual" ];
    "share/bash-completion/completions/nixdock" = [
      "completions"
      "bash"
    ];
    "share/zsh/site-functions/_nixdock" = [
      "completions"
      "zsh"
    ];
    "share/fish/vendor_completions.d/nixdock.fish" = [
      "completions"
      "fish"
    ];
  };
  tools = [ buildPkgs.skopeo ];
}
