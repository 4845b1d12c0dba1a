/**
  Provide what libc's name service looks into: `/etc/passwd` and `/etc/group` with root and nobody,
  `/etc/nsswitch.conf`, and the empty home of both. Some programs, nginx for instance, insist on finding their user.
  Give the arguments with `override`.

  # Type

  ```
  fakeNss :: derivation
  ```

  # Example

  ```nix
  fakeNss.override {
    extraPasswdLines = [ "app:x:1000:1000:App:/var/empty:/bin/sh" ];
    extraGroupLines = [ "app:x:1000:" ];
  }
  ```
*/
{
  lib,
  runCommandLocal,
  /** list of strings: lines of `/etc/passwd` between root and nobody. */
  extraPasswdLines ? [ ],
  /** list of strings: lines of `/etc/group` between root and nobody. */
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
