# /bin/sh, which is bash with line editing, so that `docker run -it IMAGE sh` is fit for a person too.
{ bashInteractive, runCommandLocal }:
runCommandLocal "bin-sh" { } ''
  mkdir -p $out/bin
  ln -s ${bashInteractive}/bin/bash $out/bin/sh
''
