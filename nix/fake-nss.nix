# What libc's name service looks into: /etc/passwd and /etc/group with root and nobody, /etc/nsswitch.conf, and the
# empty home of both. For programs that insist on finding their user, as nginx does.
# fakeNss.override { extraPasswdLines = [ … ]; extraGroupLines = [ … ]; } adds lines between root and nobody.
{
  lib,
  runCommandLocal,
  extraPasswdLines ? [ ],
  extraGroupLines ? [ ],
}:
let
  # Of the script and not a variable: those of passAsFile have no file where attributes are structured.
  write = file: lines: "printf '%s\\n' ${lib.escapeShellArgs lines} > $out/etc/${file}";
in
runCommandLocal "fake-nss" { } ''
  mkdir -p $out/etc $out/var/empty
  ${write "passwd" (
    [ "root:x:0:0:root user:/var/empty:/bin/sh" ]
    ++ extraPasswdLines
    ++ [ "nobody:x:65534:65534:nobody:/var/empty:/bin/sh" ]
  )}
  ${write "group" ([ "root:x:0:" ] ++ extraGroupLines ++ [ "nobody:x:65534:" ])}
  # Without it Go programs and older libcs ask DNS before /etc/hosts.
  ${write "nsswitch.conf" [ "hosts: files dns" ]}
''
