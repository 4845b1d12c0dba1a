/**
  Provide `/usr/bin/env`, for scripts that begin with `#!/usr/bin/env`.

  # Type

  ```
  usrBinEnv :: derivation
  ```

  # Example

  ```nix
  buildImage { name = "app"; copyToRoot = [ usrBinEnv ]; }
  ```
*/
{ coreutils, runCommandLocal }:
runCommandLocal "usr-bin-env" { } ''
  mkdir -p $out/usr/bin
  ln -s ${coreutils}/bin/env $out/usr/bin/env
''
