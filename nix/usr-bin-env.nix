# /usr/bin/env, for scripts that begin with "#!/usr/bin/env".
{ pkgs }:
pkgs.runCommandLocal "usr-bin-env" { } ''
  mkdir -p $out/usr/bin
  ln -s ${pkgs.coreutils}/bin/env $out/usr/bin/env
''
