/**
  Provide `/bin/sh`, which is bash with line editing, so that `docker run -it IMAGE sh` serves a person, too.

  # Type

  ```
  binSh :: derivation
  ```

  # Example

  ```nix
  buildImage { name = "app"; copyToRoot = [ binSh ]; }
  ```
*/
{ bashInteractive, runCommandLocal }:
runCommandLocal "bin-sh" { } ''
  mkdir -p $out/bin
  ln -s ${bashInteractive}/bin/bash $out/bin/sh
''
