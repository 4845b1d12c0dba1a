# What libc's name service looks into: /etc/passwd and /etc/group with root and nobody, /etc/nsswitch.conf, and the
# empty home of both. For programs that insist on finding their user, as nginx does.
# fakeNss.override { extraPasswdLines = [ … ]; extraGroupLines = [ … ]; } adds lines between root and nobody.
{ pkgs }:
pkgs.lib.makeOverridable (
  {
    extraPasswdLines ? [ ],
    extraGroupLines ? [ ],
  }:
  let
    file = lines: builtins.concatStringsSep "\n" lines + "\n";
  in
  pkgs.runCommandLocal "fake-nss"
    {
      passwd = file (
        [ "root:x:0:0:root user:/var/empty:/bin/sh" ]
        ++ extraPasswdLines
        ++ [ "nobody:x:65534:65534:nobody:/var/empty:/bin/sh" ]
      );
      group = file ([ "root:x:0:" ] ++ extraGroupLines ++ [ "nobody:x:65534:" ]);
      # Without it Go programs and older libcs ask DNS before /etc/hosts.
      nsswitch = file [ "hosts: files dns" ];
      passAsFile = [
        "passwd"
        "group"
        "nsswitch"
      ];
    }
    ''
      mkdir -p $out/etc $out/var/empty
      cp "$passwdPath" $out/etc/passwd
      cp "$groupPath" $out/etc/group
      cp "$nsswitchPath" $out/etc/nsswitch.conf
    ''
) { }
